import {
  actors,
  type JsonObject,
  logEntry,
  mergePatch,
  type Session,
  type SessionRecord,
  type Storage,
  type StoredEvent,
} from "@hybrid-orchestrator/core";
import type { RuleSet } from "@hybrid-orchestrator/triggers";
import { violationsOfEffects } from "./effect-invariants.js";
import { violationsOfEvents, violationsOfSink } from "./event-invariants.js";
import type { LedgerEntry } from "./ledger.js";
import { replayLog, tellFiring } from "./oracle.js";
import { groupBy, readEverything, type StoredSession } from "./read-all.js";

/** What a failure shortly before may still hold up. */
const longestPauseMs = 5_000;

/** What callers and the outside world know, to be held against what is stored. */
export interface Evidence {
  readonly storage: Storage;
  readonly rules: RuleSet;
  /** The moment at which everything has come to rest. */
  readonly now: number;
  readonly acknowledged: readonly Acknowledged[];
  readonly ledger: readonly LedgerEntry[];
  /** Channels that deduplicate by key. */
  readonly idempotent: ReadonlySet<string>;
  /** Changes of owner to a human, as `sessionId:revision` of the event that tells them. */
  readonly takeovers: ReadonlySet<string>;
  /** From here on nothing failed and the clock only went on, so that what became due was decided at once. */
  readonly calmSince?: number;
  /** What a sink was given, in order; it began with the first event. */
  readonly sink?: readonly StoredEvent[];
}

/** A call that was answered. Moments are counted, not measured, so that "before" has a meaning. */
export interface Acknowledged {
  readonly sessionId: string;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly activities: readonly { readonly id: string; readonly seq: number }[];
  /** Effects that the answer named. */
  readonly effectIds?: readonly string[];
  /** It had been asked before, under the same idempotency key, and perhaps done without being answered. */
  readonly repeats?: boolean;
}

/** Everything that should hold and does not, in words; see "What must always hold" in `apps/docs/reliability.md`. */
export async function findViolations(evidence: Evidence): Promise<string[]> {
  const { storage, acknowledged } = evidence;
  const { sessions, events } = await readEverything(storage);
  const calls = groupBy(acknowledged, ({ sessionId }) => sessionId);
  const ledger = groupBy(evidence.ledger, ({ sessionId }) => sessionId);
  const found: string[] = [];
  for (const stored of sessions) {
    const { id } = stored.session;
    const own = [
      ...violationsOfLog(stored),
      ...violationsOfAcknowledgements(stored, calls.get(id) ?? []),
      ...violationsOfFirings(stored, evidence),
      ...violationsOfEffects(stored, ledger.get(id) ?? [], evidence),
      ...violationsOfEvents(stored),
    ];
    found.push(...own.map((violation) => `${id}: ${violation}`));
  }
  const known = new Set(sessions.map(({ session }) => session.id));
  for (const { sessionId } of acknowledged)
    if (!known.has(sessionId)) found.push(`session ${sessionId} was acknowledged and is not there`);
  for (const { sessionId, key } of evidence.ledger)
    if (!known.has(sessionId)) found.push(`an effect ${key} of an unknown session`);
  if (evidence.sink !== undefined) found.push(...violationsOfSink(events, evidence.sink));
  const wake = await storage.nextWakeAt();
  for (const kind of ["sessions", "effects"] as const) {
    const at = wake[kind];
    if (at !== null && at <= evidence.now) found.push(`${kind} are still due since ${evidence.now - at} ms`);
  }
  return found;
}

/** `seq` without a gap, no input recorded twice. */
function violationsOfLog(stored: StoredSession): string[] {
  const { session, log } = stored;
  const found: string[] = [];
  log.forEach(({ seq, effectiveAt, data }, index) => {
    if (seq !== index + 1) found.push(`the activity at place ${index + 1} has seq ${seq}`);
    const before = log[index - 1]?.effectiveAt ?? session.createdAt;
    if (effectiveAt < before)
      found.push(`activity ${seq} counts before the one before it: ${JSON.stringify(data)}`);
  });
  if (session.lastSeq !== log.length) found.push(`lastSeq is ${session.lastSeq} of ${log.length}`);
  found.push(...violationsOfState(stored));
  const inputs = log.flatMap(({ data }) => (typeof data.input === "number" ? [data.input] : []));
  for (const [input, times] of countOf(inputs))
    if (times > 1) found.push(`input ${input} was recorded ${times} times`);
  return found;
}

/** What the session's row says follows from its log. */
function violationsOfState({ session, log, events }: StoredSession): string[] {
  const found: string[] = [];
  let metadata: JsonObject = {};
  for (const { type, data } of log)
    if (type === logEntry.metadataChanged) metadata = mergePatch(metadata, data.patch as JsonObject);
  if (JSON.stringify(metadata) !== JSON.stringify(session.metadata))
    found.push(`metadata ${JSON.stringify(session.metadata)}, by the log ${JSON.stringify(metadata)}`);
  for (const actor of actors) {
    const own = log.filter((entry) => entry.actor === actor);
    const last = own.length === 0 ? null : own.reduce((max, entry) => Math.max(max, entry.occurredAt), 0);
    if (session.lastActivityAt[actor] !== last)
      found.push(`lastActivityAt of ${actor} is ${session.lastActivityAt[actor]}, by the log ${last}`);
  }
  const queued = events.filter(({ type }) => type === "ui_action.queued").length;
  if (session.lastUiOrdinal !== queued)
    found.push(`${queued} UI actions, the last is ${session.lastUiOrdinal}`);
  return found;
}

/** What was answered is there, once, and what was asked after an answer comes after it. */
function violationsOfAcknowledgements(stored: StoredSession, calls: readonly Acknowledged[]): string[] {
  // A second call under one idempotency key is answered with the activities of the first, whenever that was.
  const answers = countOf(calls.map(({ activities }) => activities[0]?.id));
  const isRepeated = ({ activities, repeats = false }: Acknowledged): boolean =>
    repeats || (answers.get(activities[0]?.id) ?? 0) > 1;
  const found: string[] = [];
  const effects = new Set(stored.effects.map(({ id }) => id));
  for (const { activities, effectIds = [] } of calls) {
    for (const { id, seq } of activities)
      if (stored.log[seq - 1]?.id !== id)
        found.push(`activity ${id} was acknowledged as seq ${seq} and is not that`);
    for (const id of effectIds)
      if (!effects.has(id)) found.push(`effect ${id} was acknowledged and is not there`);
  }
  const answered = [...calls].sort((a, b) => a.answeredAt - b.answeredAt);
  let next = 0;
  let highest = 0;
  for (const call of [...calls].sort((a, b) => a.askedAt - b.askedAt)) {
    for (
      let done = answered[next];
      done !== undefined && done.answeredAt < call.askedAt;
      done = answered[++next]
    )
      if (!isRepeated(done)) highest = Math.max(highest, ...done.activities.map(({ seq }) => seq));
    const lowest = Math.min(...call.activities.map(({ seq }) => seq));
    if (lowest <= highest && !isRepeated(call))
      found.push(`seq ${lowest} was asked for after seq ${highest} had been acknowledged`);
  }
  return found;
}

function countOf<Item>(items: readonly Item[]): ReadonlyMap<Item, number> {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** The firings are those of one pass over the log, decided in time; ordinals are unique, counters equal. */
function violationsOfFirings(
  { session, log, firings }: StoredSession,
  { rules, now, calmSince = Number.POSITIVE_INFINITY }: Evidence,
): string[] {
  const found: string[] = [];
  const expected = replayLog(rules, beginningOf(session), log, Math.max(now, session.evaluatedAt));
  const actual = firings.map(tellFiring);
  if (actual.join("\n") !== expected.join("\n")) {
    const missing = expected.filter((one) => !actual.includes(one));
    const added = actual.filter((one) => !expected.includes(one));
    found.push(`firings differ from the log: missing [${missing.join("; ")}], added [${added.join("; ")}]`);
  }
  const counters: Record<string, { fires: number; lastFiredAt: number }> = {};
  for (const { trigger, ordinal, firedAt, decidedAt } of firings) {
    if (decidedAt < firedAt) found.push(`firing ${ordinal} of ${trigger} was decided before its moment`);
    if (firedAt >= calmSince && decidedAt > firedAt + longestPauseMs)
      found.push(`firing ${ordinal} of ${trigger} was decided ${decidedAt - firedAt} ms late`);
    const fires = (counters[trigger]?.fires ?? 0) + 1;
    if (ordinal !== fires) found.push(`firing ${fires} of ${trigger} has the ordinal ${ordinal}`);
    counters[trigger] = { fires, lastFiredAt: firedAt };
  }
  for (const trigger of new Set([...Object.keys(counters), ...Object.keys(session.counters)])) {
    const stored = session.counters[trigger];
    const counted = counters[trigger];
    if (stored?.fires !== counted?.fires || stored?.lastFiredAt !== counted?.lastFiredAt)
      found.push(
        `the counter of ${trigger} is ${JSON.stringify(stored)}, counted ${JSON.stringify(counted)}`,
      );
  }
  return found;
}

/** The histories begin every session without metadata, as active, and change that through the log alone. */
function beginningOf(session: SessionRecord): Session {
  const lastActivityAt = { user: null, ai: null, human: null, system: null };
  return { ...session, status: "active", metadata: {}, lastActivityAt };
}
