import type { NewEvent, StoredEvent } from "./events.js";
import type { JsonObject } from "./json.js";
import type { Activity } from "./vocabulary/activity.js";
import type { Effect, EffectKind } from "./vocabulary/effect.js";
import type { Escalation, EscalationKind, EscalationStatus } from "./vocabulary/escalation.js";
import type { Actor, Session, SessionStatus } from "./vocabulary/session.js";
import type { Firing } from "./vocabulary/trigger.js";
import type { UiAction } from "./vocabulary/ui-action.js";

/**
 * Keeps everything. Decides nothing: whoever calls has decided already, on a snapshot, and hands in the whole change;
 * the version that it expects is the fence.
 *
 * Every method may throw an OrchestratorError `storage_*`. A method that writes has written nothing when it throws,
 * except `commit` after a lost connection, whose outcome is then unknown: read before trying again.
 *
 * Texts that something is looked up by (ids, names, keys) hold neither U+0000 nor half a surrogate pair: the schemas
 * refuse them (`storableText`), because not every database can keep them. Values may hold both.
 */
export interface Storage {
  readonly name: string;
  /** Opens or creates the database and migrates it. Safe to call again. */
  open(): Promise<void>;
  close(): Promise<void>;

  /**
   * Writes each change wholly or not at all, and answers for each, in order. A refused change leaves its neighbours
   * alone. When this resolves, what was written is as durable as the storage promises.
   */
  commit(changes: readonly Change[]): Promise<readonly CommitResult[]>;
  /** Loads, decides and commits while nobody else can write that session. For when optimism has failed repeatedly. */
  decideLocked(
    request: LoadRequest,
    decide: (snapshot: SessionSnapshot | null) => SessionChange | null,
  ): Promise<CommitResult | null>;

  /** Snapshots, all of one moment, in the order of the requests; null where there is no such session. */
  load(requests: readonly LoadRequest[]): Promise<readonly (SessionSnapshot | null)[]>;
  /** The id of the session with this access token (by its hash) or external id. An expired token finds nothing. */
  findSession(
    by: { readonly tokenHash: string; readonly now: number } | { readonly externalId: string },
  ): Promise<string | null>;
  /** Which session holds a delivery: by its id, or by channel and the vendor's id of an attempt. */
  findDelivery(
    by: { readonly deliveryId: string } | { readonly channel: string; readonly externalId: string },
  ): Promise<{
    readonly sessionId: string;
    readonly deliveryId: string;
  } | null>;

  getSession(id: string): Promise<SessionRecord | null>;
  listSessions(query: SessionQuery): Promise<Page<SessionRecord>>;
  listActivities(query: ActivityQuery): Promise<Page<Activity>>;
  listFirings(query: FiringQuery): Promise<Page<Firing>>;
  listEffects(query: EffectQuery): Promise<Page<Effect>>;
  listEscalations(query: EscalationQuery): Promise<Page<Escalation>>;
  getEscalation(id: string): Promise<Escalation | null>;
  getUiAction(sessionId: string, id: string): Promise<UiAction | null>;
  /** A record of its own: a worker, a recipient, an idempotency key or single-use token. */
  getDocument(aggregate: DocumentAggregate, id: string): Promise<StoredDocument | null>;
  /** Ordered by id. */
  listDocuments(query: PageQuery & { readonly aggregate: DocumentAggregate }): Promise<Page<StoredDocument>>;

  /** Durable events after a cursor, oldest first. Without one: from the first. */
  readEvents(query: {
    readonly after?: string | null;
    readonly sessionId?: string;
    readonly limit: number;
  }): Promise<EventPage>;
  /** The cursor of the newest event: where a reader begins that wants only what comes. */
  lastEventCursor(): Promise<string>;

  /**
   * Sessions whose `dueAt` has come, earliest first. A storage may lease them to the holder or merely offer them: the
   * version of the commit that follows decides who did the work. Never writes when nothing is due.
   */
  claimSessions(request: SessionClaim): Promise<readonly string[]>;
  /**
   * Sessions that may still change (active, paused, abandoned) and were last decided under rules that are neither
   * `rulesHash` nor among `exceptRules`: their trackers and timers are to be made anew. Never writes.
   */
  findSessionsOfOtherRules(request: {
    readonly rulesHash: string;
    readonly exceptRules: readonly string[];
    readonly limit: number;
  }): Promise<readonly string[]>;
  /** Effects whose `dueAt` has come, by lane. The commit that begins the work carries the lease. */
  claimEffects(request: EffectClaim): Promise<readonly ClaimedEffect[]>;
  /** The earliest `dueAt` of sessions and of effects, due ones included; null where there is none. */
  nextWakeAt(): Promise<{ readonly sessions: number | null; readonly effects: number | null }>;
  /** Says that a node lives and which rules it has; answers with the rules of the other living nodes. */
  heartbeat(node: NodeHeartbeat): Promise<readonly string[]>;

  /** Removes closed sessions and all that is theirs, leaving a tombstone without personal data; expired documents and keys too. */
  purge(request: PurgeRequest): Promise<PurgeResult>;
  stats(): Promise<StorageStats>;
  health(): Promise<{ readonly healthy: boolean; readonly detail?: string }>;
}

/** A session with what only the shell needs. */
export interface SessionRecord extends Session {
  readonly lastSeq: number;
  /** Everything due up to this moment has been decided. */
  readonly evaluatedAt: number;
  /** A lower bound of the moment at which time alone could change something; null: never. */
  readonly dueAt: number | null;
  /** Hash of the rules it was last decided under. */
  readonly rulesHash: string;
  /** By trigger name. */
  readonly counters: Readonly<Record<string, TriggerCounter>>;
  /** How many UI actions were ever queued. */
  readonly lastUiOrdinal: number;
  /** How many escalations were ever opened: whether there are any to load. */
  readonly escalationCount: number;
  /** Null: no agent was ever asked. */
  readonly agentRecord: AgentRecord | null;
}

/** What agents have taken and said in a session, by which they are kept within their limits. */
export interface AgentRecord {
  readonly calls: number;
  /** Read and written. */
  readonly tokens: number;
  /** In US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** What was last said to the user, newest last. */
  readonly said: readonly string[];
  /** `seq` of the last activity that the summary knows of. */
  readonly summarizedSeq: number;
}

export interface TriggerCounter {
  readonly fires: number;
  readonly lastFiredAt: number;
}

/** The state of all trackers after the activity `seq`, so that a rebuild need not start at the first. */
export interface Checkpoint {
  readonly seq: number;
  readonly rulesHash: string;
  readonly state: JsonObject;
}

export interface TokenRecord {
  readonly hash: string;
  readonly purpose: "session" | "resume";
  readonly expiresAt: number | null;
}

/** A key under which one outcome was recorded, so that the same request is done once. */
export interface IdempotencyRecord {
  readonly key: string;
  readonly outcome: JsonObject;
  readonly expiresAt: number;
}

export interface LoadRequest {
  readonly sessionId: string;
  /** A checkpoint of other rules is no use: then the whole history is loaded instead. */
  readonly rulesHash: string;
  /** How many of the newest activities are wanted whatever the checkpoint covers. */
  readonly recent: number;
  /** False: access tokens are not asked for, and may be left out. */
  readonly tokens?: boolean;
  /** Effects wanted even when they are finished. */
  readonly effectIds?: readonly string[];
  /** Escalations wanted even when they have ended. */
  readonly escalationIds?: readonly string[];
  readonly idempotencyKeys?: readonly string[];
}

export interface SessionSnapshot {
  readonly session: SessionRecord;
  /** Unexpired or not, as stored; perhaps none where they were not asked for. */
  readonly tokens: readonly TokenRecord[];
  readonly checkpoint: Checkpoint | null;
  /** After the checkpoint; all, where there is none. */
  readonly activities: readonly Activity[];
  /** All firings where there is no checkpoint, else none. */
  readonly firings: readonly Firing[];
  readonly recent: readonly Activity[];
  /** Those with a `dueAt`, and those asked for. */
  readonly effects: readonly Effect[];
  /** Not yet acknowledged, in order. */
  readonly uiActions: readonly UiAction[];
  /** Those that have not ended, the newest whether or not it has, and those asked for; in order of their opening. */
  readonly escalations: readonly Escalation[];
  readonly idempotency: readonly IdempotencyRecord[];
}

export type Change = SessionChange | DocumentChange;

export interface SessionChange {
  readonly aggregate: "session";
  readonly id: string;
  /** 0 creates. The version after the commit is one more. */
  readonly expectedVersion: number;
  /** All fields when created; else those that change. `id` and `version` follow from the change itself. */
  readonly session: Partial<Omit<SessionRecord, "id" | "version">>;
  readonly activities?: readonly Activity[];
  readonly checkpoint?: Checkpoint;
  readonly firings?: readonly Firing[];
  /** Inserted or replaced, by id. */
  readonly effects?: readonly Effect[];
  /** Inserted or replaced, by id. */
  readonly uiActions?: readonly UiAction[];
  /** Inserted or replaced, by id. */
  readonly escalations?: readonly Escalation[];
  readonly tokens?: readonly TokenRecord[];
  /** A key that exists already makes the change a conflict. */
  readonly idempotency?: readonly IdempotencyRecord[];
  readonly events?: readonly NewEvent[];
}

export type DocumentAggregate = "worker" | "recipient" | "key";

export interface DocumentChange {
  readonly aggregate: DocumentAggregate;
  readonly id: string;
  /** 0 creates. */
  readonly expectedVersion: number;
  /** Null removes. */
  readonly body: JsonObject | null;
  /** Absent: as it was, and never for a new one. */
  readonly expiresAt?: number | null;
}

export interface StoredDocument {
  readonly aggregate: DocumentAggregate;
  readonly id: string;
  readonly version: number;
  readonly body: JsonObject;
  readonly expiresAt: number | null;
}

export type CommitResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "conflict" }
  | { readonly ok: false; readonly reason: "external_id_taken"; readonly sessionId: string }
  | { readonly ok: false; readonly reason: "error"; readonly error: Error };

export interface PageQuery {
  /** 1 to 500. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | null;
  readonly order?: "asc" | "desc";
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface SessionQuery extends PageQuery {
  readonly status?: readonly SessionStatus[];
  readonly workflow?: string;
  /** Default: createdAt. */
  readonly sortBy?: "createdAt" | "updatedAt";
}

/** Ordered by `seq`. */
export interface ActivityQuery extends PageQuery {
  readonly sessionId: string;
  readonly types?: readonly string[];
  readonly actors?: readonly Actor[];
  readonly afterSeq?: number;
}

/** Of one session, or of all; in order of their commits. */
export interface FiringQuery extends PageQuery {
  readonly sessionId?: string;
  readonly trigger?: string;
}

/** Of one session, or of all; in order of their creation. */
export interface EffectQuery extends PageQuery {
  readonly sessionId?: string;
  readonly kind?: EffectKind;
  readonly status?: readonly string[];
  readonly lane?: string;
}

/** Of one session, or of all; in order of their opening. */
export interface EscalationQuery extends PageQuery {
  readonly sessionId?: string;
  readonly kind?: readonly EscalationKind[];
  readonly status?: readonly EscalationStatus[];
  readonly queue?: string;
  /** Who holds it. */
  readonly worker?: string;
  /** Of sessions with this workflow. */
  readonly workflow?: string;
  /** Opened at this moment or later. */
  readonly openedFrom?: number;
  /** Opened before this moment. */
  readonly openedTo?: number;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Resumes after the last of them, or where the query began when there was none. */
  readonly cursor: string;
}

export interface SessionClaim {
  readonly now: number;
  readonly holder: string;
  readonly leaseMs: number;
  readonly limit: number;
  /** Rules of other living nodes: their sessions are left to them. */
  readonly exceptRules: readonly string[];
}

export interface EffectClaim {
  readonly now: number;
  readonly holder: string;
  readonly leaseMs: number;
  /** How many of each lane at most. */
  readonly lanes: Readonly<Record<string, number>>;
  /** How many at most from lanes that are not named. */
  readonly otherLanes: number;
}

export interface ClaimedEffect {
  readonly id: string;
  readonly sessionId: string;
  readonly kind: EffectKind;
  readonly lane: string;
}

export interface NodeHeartbeat {
  readonly node: string;
  readonly rulesHash: string;
  readonly now: number;
  /** A node that was not heard of for so long counts as dead. */
  readonly ttlMs: number;
}

export interface PurgeRequest {
  readonly now: number;
  /** Sessions closed and unchanged since before this moment. */
  readonly closedBefore: number;
  readonly workflow?: string;
  readonly limit: number;
}

export interface PurgeResult {
  readonly sessions: number;
  /** Tokens, idempotency records, and documents of every aggregate. */
  readonly keys: number;
}

export interface StorageStats {
  readonly sessions: Readonly<Record<SessionStatus, number>>;
  readonly activities: number;
  readonly firings: number;
  readonly openEffects: number;
  readonly openEscalations: number;
  readonly sizeBytes: number;
}

/** What a stored value belongs to, for a codec that binds its output to it. */
export interface CodecContext {
  readonly sessionId: string | null;
  readonly kind:
    | "session"
    | "activity"
    | "effect"
    | "escalation"
    | "checkpoint"
    | "ui_action"
    | "firing"
    | "event"
    | "document"
    | "idempotency";
}

/** Turns stored values into what lies on disk and back, e.g. to encrypt them. Must be synchronous. */
export interface StorageCodec {
  readonly name: string;
  encode(text: string, context: CodecContext): string;
  decode(stored: string, context: CodecContext): string;
}
