/**
 * The tables of version 1.
 *
 * One sequence, `positions`, orders everything that is read as an event, so that the event stream is a merge of three
 * tables and no row is written twice. Effects take their place from it too, which keeps the order of their creation.
 *
 * Moments are `double precision`, which is what a JavaScript number is. Text that is looked up or ordered has the
 * collation C: its order is that of the bytes, whatever the database's locale. Values are `text`, not `jsonb`: they are
 * what the codec made of them, and jsonb refuses the escape of U+0000.
 */
export const schemaV1 = `
CREATE SEQUENCE positions AS bigint;

-- The first of as many positions as are asked for. From here to the end of the transaction no other one gets any, so
-- that positions become visible in their order and whoever has read one has missed none before it. 1215909746: "HyOr".
CREATE FUNCTION take_positions(amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  first bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(1215909746, 'positions'::regclass::oid::integer);
  first := nextval('positions');
  PERFORM setval('positions', first + amount - 1);
  RETURN first;
END
$$;

-- By its row here a transaction is known to have been committed, when the connection was lost before the answer came.
CREATE TABLE commits (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);

-- Narrow, since every activity updates one of these rows; what is large or rarely changed lies in session_documents.
-- The room left in each page lets an update that changes no indexed column stay in it and write to no index.
CREATE TABLE sessions (
  sid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  external_id text COLLATE "C",
  workflow text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  owner_kind text COLLATE "C" NOT NULL,
  owner_name text COLLATE "C",
  ownership_epoch bigint NOT NULL,
  created_at double precision NOT NULL,
  updated_at double precision NOT NULL,
  last_user_at double precision,
  last_ai_at double precision,
  last_human_at double precision,
  last_system_at double precision,
  expires_at double precision,
  revision bigint NOT NULL,
  version bigint NOT NULL,
  last_seq bigint NOT NULL,
  evaluated_at double precision NOT NULL,
  due_at double precision,
  rules_hash text COLLATE "C" NOT NULL,
  counters text NOT NULL,
  last_ui_ordinal bigint NOT NULL,
  -- Indexed in place of updated_at, which moves with every activity.
  closed_at double precision GENERATED ALWAYS AS
    (CASE WHEN status IN ('active', 'paused') THEN NULL ELSE updated_at END) STORED
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX sessions_external ON sessions (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX sessions_due ON sessions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sessions_created ON sessions (created_at, sid);
CREATE INDEX sessions_status ON sessions (status, created_at, sid);
CREATE INDEX sessions_workflow ON sessions (workflow, created_at, sid);
CREATE INDEX sessions_closed ON sessions (closed_at, sid) WHERE closed_at IS NOT NULL;
-- Only of sessions that may still change.
CREATE INDEX sessions_rules ON sessions (rules_hash) WHERE status IN ('active', 'paused', 'abandoned');

CREATE TABLE session_documents (
  sid bigint PRIMARY KEY,
  recipient text,
  metadata text NOT NULL,
  summary text
);

CREATE TABLE checkpoints (
  sid bigint PRIMARY KEY,
  seq bigint NOT NULL,
  rules_hash text COLLATE "C" NOT NULL,
  state text NOT NULL
);

CREATE TABLE activities (
  position bigint PRIMARY KEY,
  sid bigint NOT NULL,
  seq bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  channel text COLLATE "C",
  data text NOT NULL,
  occurred_at double precision NOT NULL,
  effective_at double precision NOT NULL,
  created_at double precision NOT NULL,
  UNIQUE (sid, seq)
);

-- body: the reason and the blocker.
CREATE TABLE firings (
  position bigint PRIMARY KEY,
  sid bigint NOT NULL,
  trigger text COLLATE "C" NOT NULL,
  ordinal bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  fired_at double precision NOT NULL,
  decided_at double precision NOT NULL,
  seq bigint NOT NULL,
  mode text COLLATE "C" NOT NULL,
  arm text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  body text NOT NULL,
  UNIQUE (sid, trigger, ordinal)
);
CREATE INDEX firings_session ON firings (sid, position);
CREATE INDEX firings_trigger ON firings (trigger, position);

CREATE TABLE events (
  position bigint PRIMARY KEY,
  sid bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  at double precision NOT NULL,
  data text NOT NULL
);
CREATE INDEX events_session ON events (sid, position);

-- body: the whole effect; the other columns are what it is found by.
CREATE TABLE effects (
  position bigint PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  sid bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  due_at double precision,
  body text NOT NULL
);
CREATE INDEX effects_session ON effects (sid, position);
CREATE INDEX effects_open ON effects (sid, position) WHERE due_at IS NOT NULL;
CREATE INDEX effects_lane ON effects (lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX effects_due ON effects (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX effects_status ON effects (status, position);

-- By which a vendor's callback finds its delivery.
CREATE TABLE attempts (
  channel text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  effect bigint NOT NULL,
  PRIMARY KEY (channel, external_id)
);
CREATE INDEX attempts_effect ON attempts (effect);

CREATE TABLE ui_actions (
  sid bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  ordinal bigint NOT NULL,
  status text COLLATE "C" NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (sid, id)
);
CREATE INDEX ui_actions_open ON ui_actions (sid, ordinal) WHERE status <> 'acknowledged';

CREATE TABLE tokens (
  hash text COLLATE "C" PRIMARY KEY,
  sid bigint NOT NULL,
  purpose text COLLATE "C" NOT NULL,
  expires_at double precision
);
CREATE INDEX tokens_session ON tokens (sid);
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE idempotency (
  sid bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  outcome text NOT NULL,
  expires_at double precision NOT NULL,
  PRIMARY KEY (sid, key)
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

CREATE TABLE documents (
  aggregate text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  expires_at double precision,
  body text NOT NULL,
  PRIMARY KEY (aggregate, id)
);
CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE nodes (
  node text COLLATE "C" PRIMARY KEY,
  rules_hash text COLLATE "C" NOT NULL,
  expires_at double precision NOT NULL
);

-- What remains of a purged session: no personal data, and not its external id.
CREATE TABLE tombstones (
  id text COLLATE "C" PRIMARY KEY,
  workflow text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  created_at double precision NOT NULL,
  closed_at double precision NOT NULL,
  purged_at double precision NOT NULL,
  activities bigint NOT NULL,
  firings bigint NOT NULL,
  effects bigint NOT NULL
);
`;
