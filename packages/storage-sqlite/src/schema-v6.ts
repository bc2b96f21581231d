/**
 * Version 6: when escalations were opened. An older version may go on using the file: what it writes has no moment here,
 * like what was there before, and is found whatever moments are asked for.
 */
export const schemaV6 = `
ALTER TABLE escalations ADD COLUMN opened_at INTEGER;
CREATE INDEX escalations_opened ON escalations (opened_at);
`;
