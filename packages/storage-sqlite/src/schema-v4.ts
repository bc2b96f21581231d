/**
 * Version 4: escalations. An older version may go on using the file: a session that it creates has none, and those of a
 * session that it purges go with it by the foreign key, before another session can get the row's key.
 *
 * The positions are the order of opening. They are escalations' own, so that the hot path asks no further table for the
 * highest one, and are never given twice, so that a cursor stays right when the newest is purged.
 */
export const schemaV4 = `
ALTER TABLE sessions ADD COLUMN escalation_count INTEGER NOT NULL DEFAULT 0;

-- body: the whole escalation; the other columns are what it is found by. worker: who holds it.
CREATE TABLE escalations (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  sid INTEGER NOT NULL REFERENCES sessions (sid) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  queue TEXT,
  worker TEXT,
  body TEXT NOT NULL
);
-- Says which of a session's are open, and which is the newest, without a look at the rows.
CREATE INDEX escalations_session ON escalations (sid, position, is_open);
-- With the column that is the same in all of their rows, because the planner goes by how many columns it can compare.
CREATE INDEX escalations_open ON escalations (is_open) WHERE is_open = 1;
CREATE INDEX escalations_queue ON escalations (is_open, queue) WHERE is_open = 1 AND queue IS NOT NULL;
CREATE INDEX escalations_worker ON escalations (worker) WHERE worker IS NOT NULL;
`;
