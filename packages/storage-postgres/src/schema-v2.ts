/**
 * Version 2: escalations. An older version may go on using the schema: a session that it creates has none, and those of a
 * session that it purges go with it by the foreign key.
 */
export const schemaV2 = `
ALTER TABLE sessions ADD COLUMN escalation_count bigint NOT NULL DEFAULT 0;

-- body: the whole escalation; the other columns are what it is found by. worker: who holds it. position: the order of
-- opening, from the one sequence, so that whoever pages through them misses none that is committed late.
CREATE TABLE escalations (
  position bigint PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  sid bigint NOT NULL REFERENCES sessions (sid) ON DELETE CASCADE,
  kind text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  is_open boolean NOT NULL,
  queue text COLLATE "C",
  worker text COLLATE "C",
  body text NOT NULL
);
CREATE INDEX escalations_session ON escalations (sid, position);
CREATE INDEX escalations_open ON escalations (position) WHERE is_open;
CREATE INDEX escalations_queue ON escalations (queue, position) WHERE is_open AND queue IS NOT NULL;
CREATE INDEX escalations_worker ON escalations (worker, position) WHERE worker IS NOT NULL;
`;
