import type { Activity, NewActivity } from "../vocabulary/activity.js";
import type { NewMessage } from "../vocabulary/message.js";
import type { NewSession, Session } from "../vocabulary/session.js";
import type { NewUiAction, UiAction } from "../vocabulary/ui-action.js";

/**
 * What a plugin may do with sessions, e.g. for the tools of a voice assistant. A session is named by its id, access
 * token or external id. They throw what the orchestrator's own methods throw.
 */
export interface PluginSessions {
  /** The session with that external id where there is one; else a new one. */
  open(session: NewSession): Promise<Session>;
  get(session: string): Promise<Session>;
  /** The newest activities, newest first. */
  activities(session: string, limit: number): Promise<readonly Activity[]>;
  /** Wholly or not at all; a second call with the same key records nothing. */
  record(
    session: string,
    activities: readonly NewActivity[],
    options?: { readonly idempotencyKey?: string },
  ): Promise<void>;
  queueUiAction(session: string, action: NewUiAction): Promise<UiAction>;
  /** Queues a message. Resolves with the delivery's id. */
  send(session: string, message: NewMessage): Promise<string>;
  /** Records that somebody wants a human. */
  requestHuman(session: string, reason: string): Promise<void>;
}
