import type { EscalationPolicy, Storage, WorkerRecord } from "@hybrid-orchestrator/core";
import { hasEnded } from "@hybrid-orchestrator/core";
import { allPages, readEverything, type StoredSession } from "../../read-all.js";
import type { Call } from "../calls.js";
import { agent, type Run, versionOf } from "../scenario.js";
import type { Shown } from "../world.js";
import { violationsOfCalls } from "./answers.js";
import { violationsOfApprovals } from "./approvals.js";
import { violationsOfLevels } from "./levels.js";
import { type Life, SessionReplay } from "./lives.js";
import { violationsOfMessages } from "./messages.js";
import { violationsOfOwners } from "./owners.js";

/** What was asked for and what is stored, after everybody has gone home and everything has had its time. */
export interface Evidence {
  readonly storage: Storage;
  readonly calls: readonly Call[];
  /** By the version that a reason names. */
  readonly policies: readonly EscalationPolicy[];
  readonly maxPerHour: number;
  /** What agents were shown. */
  readonly shown: readonly Shown[];
  /** What the tool did. */
  readonly runs: readonly Run[];
  readonly now: number;
}

/** One session: all that is stored of it, and what its events say of its escalations. */
export interface Told {
  readonly stored: StoredSession;
  readonly lives: readonly Life[];
}

/** The promises of `apps/docs/escalation.md`, "What always holds", read from the log, the events and the effects alone. */
export async function violationsOfPromises(evidence: Evidence): Promise<string[]> {
  const { storage } = evidence;
  const { sessions, events } = await readEverything(storage);
  const escalations = await allPages((cursor) => storage.listEscalations({ limit: 500, cursor }));
  const workers = (await storage.listDocuments({ aggregate: "worker", limit: 500 })).items.map(
    ({ body }) => body as unknown as WorkerRecord,
  );
  const found: string[] = [];
  const lives: Life[] = [];
  for (const stored of sessions) {
    const replay = new SessionReplay({ kind: "ai", agent });
    for (const event of stored.events) replay.apply(event);
    const told = { stored, lives: [...replay.lives.values()] };
    lives.push(...told.lives);
    const own = [
      ...replay.violations,
      ...violationsOfOwners(told),
      ...violationsOfMessages(told, evidence),
      ...told.lives.flatMap((life) => {
        const stored = escalations.find(({ id }) => id === life.id);
        const policy = stored && evidence.policies[versionOf(stored)];
        return violationsOfLevels(life, { policy, now: evidence.now });
      }),
      ...violationsOfOpenings(told, evidence),
      ...violationsOfApprovals(told, evidence),
    ];
    found.push(...own.map((violation) => `${stored.session.id}: ${violation}`));
    if (JSON.stringify(replay.owner) !== JSON.stringify(stored.session.owner))
      found.push(`${stored.session.id}: the row says ${JSON.stringify(stored.session.owner)} owns it`);
  }
  for (const { id, ended } of lives) {
    const status = escalations.find((one) => one.id === id)?.status;
    if (ended === null || status === undefined || !hasEnded(status) || ended !== `escalation.${status}`)
      found.push(`escalation ${id} is ${status}, and was told to be ${ended}`);
  }
  if (escalations.length !== lives.length)
    found.push(`${escalations.length} escalations, and ${lives.length} were told of`);
  for (const { id, slots } of workers)
    if (slots.length > 0) found.push(`${id} still has ${slots.length} places taken`);
  found.push(...violationsOfHolding(events, workers));
  found.push(...violationsOfCalls(sessions, { lives, escalations, calls: evidence.calls }));
  return found;
}

/** Over all sessions, in the order of commits, nobody holds more than they have places for. */
function violationsOfHolding(
  events: readonly StoredSession["events"][number][],
  workers: readonly WorkerRecord[],
): string[] {
  const holders = new Map<string, string>();
  const found: string[] = [];
  for (const [index, event] of events.entries()) {
    if (!("escalationId" in event.data)) continue;
    const { escalationId: id, worker } = event.data;
    switch (event.type) {
      case "escalation.claimed":
      case "escalation.transferred": {
        // A decision about a proposal takes no place: it is over in the same commit.
        if (events[index + 1]?.type === "approval.decided") break;
        holders.set(id, worker ?? "");
        const total = workers.find((one) => one.id === worker)?.capacity.total ?? 0;
        const held = [...holders.values()].filter((holder) => holder === worker).length;
        if (held > total) found.push(`${worker} holds ${held} with ${total} places`);
        break;
      }
      case "escalation.released":
      case "escalation.resolved":
      case "escalation.cancelled":
      case "escalation.expired":
        holders.delete(id);
    }
  }
  return found;
}

/** The loop breaker. */
function violationsOfOpenings({ lives }: Told, { maxPerHour }: Evidence): string[] {
  return lives.flatMap(({ openedAt }) => {
    const within = lives.filter(
      (other) => other.openedAt <= openedAt && other.openedAt > openedAt - 3_600_000,
    );
    return within.length > maxPerHour ? [`${within.length} escalations within an hour`] : [];
  });
}
