import type {
  Activity,
  Checkpoint,
  Effect,
  Escalation,
  Firing,
  IdempotencyRecord,
  NewEvent,
  SessionChange,
  SessionRecord,
  TokenRecord,
  UiAction,
} from "@hybrid-orchestrator/core";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The fields of a session that a decision may set; id and version follow from the change itself. */
export type SessionFields = Omit<SessionRecord, "id" | "version">;

/**
 * What has been decided about one session and is not yet committed. Most decisions record one activity and nothing
 * else, so what they seldom need is made when it is needed.
 */
export class ChangeDraft {
  readonly fields: Partial<Mutable<SessionFields>> = {};
  readonly activities: Activity[] = [];
  readonly firings: Firing[] = [];
  effects: Map<string, Effect> | null = null;
  uiActions: Map<string, UiAction> | null = null;
  escalations: Map<string, Escalation> | null = null;
  readonly tokens: TokenRecord[] = [];
  readonly idempotency: IdempotencyRecord[] = [];
  readonly events: NewEvent[] = [];
  /** Deliveries that triggers asked for, by trigger and action: a later firing supersedes them. */
  triggered: Map<string, string> | null = null;
  /** How often something was put in. Zero: there is nothing to commit. */
  mutations = 0;

  toChange(id: string, expectedVersion: number, checkpoint: Checkpoint | null): SessionChange {
    const { activities, firings, effects, uiActions, escalations, tokens, idempotency, events } = this;
    const change: Mutable<SessionChange> = {
      aggregate: "session",
      id,
      expectedVersion,
      session: this.fields,
    };
    if (activities.length > 0) change.activities = activities;
    if (checkpoint !== null) change.checkpoint = checkpoint;
    if (firings.length > 0) change.firings = firings;
    if (effects !== null) change.effects = [...effects.values()];
    if (uiActions !== null) change.uiActions = [...uiActions.values()];
    if (escalations !== null) change.escalations = [...escalations.values()];
    if (tokens.length > 0) change.tokens = tokens;
    if (idempotency.length > 0) change.idempotency = idempotency;
    if (events.length > 0) change.events = events;
    return change;
  }
}
