import type { Activity, Effect, Escalation, Firing, SessionRecord } from "@hybrid-orchestrator/core";
import type { Database, LogEntry, SessionEntry } from "./database.js";
import type { Sealing } from "./sealing.js";

interface LogItems {
  readonly activity: Activity;
  readonly firing: Firing;
}

interface Placed<Item> {
  readonly position: number;
  readonly item: Item;
}

/** What is kept, unsealed. */
export interface Reader extends Sealing {
  readonly database: Database;
  record(entry: SessionEntry): SessionRecord;
  /** In the order in which it was written; of one session, or of all. */
  log<Kind extends keyof LogItems>(kind: Kind, sessionId?: string): Placed<LogItems[Kind]>[];
  effects(entry: SessionEntry): Placed<Effect>[];
  allEffects(): Placed<Effect>[];
  /** In the order of their opening. */
  escalations(entry: SessionEntry): Placed<Escalation>[];
  allEscalations(): Placed<Escalation>[];
}

export function readerOf(database: Database, sealing: Sealing): Reader {
  const effects = (entry: SessionEntry) =>
    [...entry.effects.values()].map(({ position, text }) => ({
      position,
      item: sealing.unseal<Effect>("effect", entry.record.id, text),
    }));
  const escalations = (entry: SessionEntry) =>
    [...entry.escalations.values()].map(({ position, text }) => ({
      position,
      item: sealing.unseal<Escalation>("escalation", entry.record.id, text),
    }));
  return {
    ...sealing,
    database,
    record({ record, personal }) {
      const opened = sealing.unseal<object>("session", record.id, personal);
      return structuredClone({ ...record, ...opened }) as SessionRecord;
    },
    log<Kind extends keyof LogItems>(kind: Kind, sessionId?: string) {
      const isWanted = (entry: LogEntry) =>
        entry.kind === kind && (sessionId === undefined || entry.sessionId === sessionId);
      return database.log.filter(isWanted).map((entry) => ({
        position: entry.position,
        item: sealing.unseal<LogItems[Kind]>(kind, entry.sessionId, entry.text),
      }));
    },
    effects,
    allEffects: () =>
      [...database.sessions.values()].flatMap(effects).sort((a, b) => a.position - b.position),
    escalations,
    allEscalations: () => [...database.sessions.values()].flatMap(escalations),
  };
}
