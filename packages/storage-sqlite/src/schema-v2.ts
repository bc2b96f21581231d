/**
 * Version 2. Firing counters move out of the session's row: written by the first firing they made that row grow, and a
 * full page of the b-tree was then rewritten with its neighbours, 2.5 pages for each firing instead of one. And when
 * effects come due is asked lane by lane, so an index on that alone is not needed.
 */
export const schemaV2 = `
CREATE TABLE session_counters (
  sid INTEGER PRIMARY KEY,
  counters TEXT NOT NULL
);
INSERT INTO session_counters (sid, counters) SELECT sid, counters FROM sessions WHERE counters <> '{}';
ALTER TABLE sessions DROP COLUMN counters;
DROP INDEX effects_due;
`;
