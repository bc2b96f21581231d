import type { SessionRecord, TokenRecord } from "@hybrid-orchestrator/core";

/** Where everything is kept: here in memory, behind one object that several handles may share. */
export interface Database {
  readonly sessions: Map<string, SessionEntry>;
  log: LogEntry[];
  readonly documents: Map<string, { version: number; expiresAt: number | null; text: string }>;
  readonly nodes: Map<string, { rulesHash: string; expiresAt: number }>;
  /** Of whatever was kept last: an entry of the log, an effect, an escalation. */
  position: number;
}

/** What is looked up by stands open; what is sealed is text. */
export interface SessionEntry {
  record: Omit<SessionRecord, "recipient" | "metadata" | "summary">;
  personal: string;
  tokens: TokenRecord[];
  checkpoint: { seq: number; rulesHash: string; state: string } | null;
  effects: Map<string, { position: number; dueAt: number | null; text: string }>;
  uiActions: Map<string, string>;
  escalations: Map<string, { position: number; text: string }>;
  idempotency: Map<string, { outcome: string; expiresAt: number }>;
}

export interface LogEntry {
  readonly position: number;
  readonly sessionId: string;
  readonly kind: "activity" | "firing" | "event";
  readonly text: string;
}

export function newDatabase(): Database {
  return { sessions: new Map(), log: [], documents: new Map(), nodes: new Map(), position: 0 };
}
