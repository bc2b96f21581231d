/**
 * The tables of version 1.
 *
 * One counter, `position`, orders everything that is read as an event: activities, firings and other events take their
 * rowid from it, so that the event stream is a merge of three tables by rowid and no row is written twice. Effects
 * take theirs from it too, which keeps the order of their creation.
 */
export const schemaV1 = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- Narrow, since every activity updates one of these rows; what is large or rarely changed lies in session_documents.
CREATE TABLE sessions (
  sid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  external_id TEXT,
  workflow TEXT NOT NULL,
  status TEXT NOT NULL,
  owner_kind TEXT NOT NULL,
  owner_name TEXT,
  ownership_epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_user_at INTEGER,
  last_ai_at INTEGER,
  last_human_at INTEGER,
  last_system_at INTEGER,
  expires_at INTEGER,
  revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  evaluated_at INTEGER NOT NULL,
  due_at INTEGER,
  rules_hash TEXT NOT NULL,
  counters TEXT NOT NULL,
  last_ui_ordinal INTEGER NOT NULL
);
CREATE UNIQUE INDEX sessions_external ON sessions (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX sessions_due ON sessions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sessions_status ON sessions (status, created_at);
CREATE INDEX sessions_workflow ON sessions (workflow, status, created_at);
-- Spelt with OR, because SQLite's prover sees that status = 'expired' implies an OR of such terms, and not of an IN.
-- Only of closed sessions: the updated_at of open ones moves with every activity.
CREATE INDEX sessions_closed ON sessions (status, updated_at)
  WHERE status = 'completed' OR status = 'abandoned' OR status = 'cancelled' OR status = 'expired';
-- Only of sessions that may still change.
CREATE INDEX sessions_rules ON sessions (rules_hash)
  WHERE status <> 'completed' AND status <> 'cancelled' AND status <> 'expired';

CREATE TABLE session_documents (
  sid INTEGER PRIMARY KEY,
  recipient TEXT,
  metadata TEXT NOT NULL,
  summary TEXT
);

CREATE TABLE checkpoints (
  sid INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  rules_hash TEXT NOT NULL,
  state TEXT NOT NULL
);

CREATE TABLE activities (
  position INTEGER PRIMARY KEY,
  sid INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  actor TEXT NOT NULL,
  channel TEXT,
  data TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (sid, seq)
);

-- body: the reason and the blocker.
CREATE TABLE firings (
  position INTEGER PRIMARY KEY,
  sid INTEGER NOT NULL,
  trigger TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  id TEXT NOT NULL,
  fired_at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  mode TEXT NOT NULL,
  arm TEXT NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (sid, trigger, ordinal)
);
CREATE INDEX firings_session ON firings (sid);
CREATE INDEX firings_trigger ON firings (trigger);

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  sid INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX events_session ON events (sid);

-- body: the whole effect; the other columns are what it is found by.
CREATE TABLE effects (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  sid INTEGER NOT NULL,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  status TEXT NOT NULL,
  due_at INTEGER,
  body TEXT NOT NULL
);
CREATE INDEX effects_session ON effects (sid);
CREATE INDEX effects_open ON effects (sid) WHERE due_at IS NOT NULL;
CREATE INDEX effects_lane ON effects (lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX effects_due ON effects (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX effects_status ON effects (status);

-- By which a vendor's callback finds its delivery.
CREATE TABLE attempts (
  channel TEXT NOT NULL,
  external_id TEXT NOT NULL,
  effect INTEGER NOT NULL,
  PRIMARY KEY (channel, external_id)
) WITHOUT ROWID;
CREATE INDEX attempts_effect ON attempts (effect);

CREATE TABLE ui_actions (
  sid INTEGER NOT NULL,
  id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (sid, id)
) WITHOUT ROWID;
CREATE INDEX ui_actions_open ON ui_actions (sid, ordinal) WHERE status <> 'acknowledged';

CREATE TABLE tokens (
  hash TEXT PRIMARY KEY,
  sid INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  expires_at INTEGER
) WITHOUT ROWID;
CREATE INDEX tokens_session ON tokens (sid);
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE idempotency (
  sid INTEGER NOT NULL,
  key TEXT NOT NULL,
  outcome TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (sid, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

CREATE TABLE documents (
  aggregate TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (aggregate, id)
) WITHOUT ROWID;
CREATE INDEX documents_expiry ON documents (expires_at) WHERE aggregate = 'key' AND expires_at IS NOT NULL;

CREATE TABLE nodes (
  node TEXT PRIMARY KEY,
  rules_hash TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What remains of a purged session: no personal data, and not its external id.
CREATE TABLE tombstones (
  id TEXT PRIMARY KEY,
  workflow TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  purged_at INTEGER NOT NULL,
  activities INTEGER NOT NULL,
  firings INTEGER NOT NULL,
  effects INTEGER NOT NULL
) WITHOUT ROWID;
`;
