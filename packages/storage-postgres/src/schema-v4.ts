/**
 * Version 4: when escalations were opened. An older version may go on using the schema: what it writes has no moment here,
 * like what was there before, and is found whatever moments are asked for.
 */
export const schemaV4 = `
ALTER TABLE escalations ADD COLUMN opened_at bigint;
CREATE INDEX escalations_opened ON escalations (opened_at, position);
`;
