import type { Escalation } from "@hybrid-orchestrator/core";
import type { StoredSession } from "../../read-all.js";
import type { Call } from "../calls.js";
import { agent } from "../scenario.js";
import { type Life, ownersInLog, SessionReplay } from "./lives.js";

interface Given {
  readonly lives: readonly Life[];
  readonly escalations: readonly Escalation[];
  readonly calls: readonly Call[];
}

/** Where a call left its words, and who held the escalation in that moment. */
interface Trace {
  readonly holder: string | null;
  readonly epoch: number;
}

/**
 * What was answered is what happened: a call that was granted had its effect once, under the claim and the epoch that
 * it named; one that was refused had none.
 */
export function violationsOfCalls(sessions: readonly StoredSession[], given: Given): string[] {
  const { calls } = given;
  const traces = tracesOf(sessions, given);
  const found: string[] = [];
  for (const { act, marker, outcome, code, worker, claimEpoch } of calls) {
    if (marker === null || act === "write") continue;
    const own = traces.get(marker) ?? [];
    const about = `${act} "${marker}" of ${worker} was ${outcome}${code === null ? "" : ` (${code})`}`;
    if (own.length > 1) found.push(`${about} and happened ${own.length} times`);
    if (outcome === "done" && own.length === 0) found.push(`${about} and did not happen`);
    if (outcome === "refused" && own.length > 0) found.push(`${about} and happened`);
    for (const { holder, epoch } of own) {
      if (worker !== null && holder !== worker) found.push(`${about} while ${holder} held it`);
      if (claimEpoch !== null && claimEpoch !== epoch)
        found.push(`${about} under claim epoch ${claimEpoch}, at ${epoch}`);
    }
  }
  return [...found, ...violationsOfClaims(given)];
}

/** Each epoch of an escalation has one claim, and whoever was granted one finds it there. */
function violationsOfClaims({ lives, calls }: Given): string[] {
  const found: string[] = [];
  for (const { escalationId, worker, claimEpoch, outcome, granted } of calls) {
    if (granted === null) continue;
    const events = lives.find(({ id }) => id === escalationId)?.events ?? [];
    const won = events.filter(
      ({ type, data }) =>
        (type === "escalation.claimed" || type === "escalation.transferred") &&
        data.claimEpoch === granted.claimEpoch,
    );
    const about = `the claim of ${worker} at ${escalationId}, granted under ${granted.claimEpoch},`;
    if (granted.holder?.worker !== worker || won.length !== 1 || won[0]?.data.worker !== worker)
      found.push(`${about} is that of ${won.map(({ data }) => data.worker)}`);
    // Whoever holds it already changes nothing, whatever they had seen.
    const others = calls.filter(
      (one) =>
        one.act === "claim" &&
        one.escalationId === escalationId &&
        one.worker === worker &&
        (one.outcome === "unknown" || one.granted?.claimEpoch === granted.claimEpoch),
    );
    if (
      outcome === "done" &&
      claimEpoch !== null &&
      claimEpoch !== granted.claimEpoch - 1 &&
      others.length < 2
    )
      found.push(`${about} had named ${claimEpoch}`);
  }
  return found;
}

function tracesOf(
  sessions: readonly StoredSession[],
  { escalations }: Given,
): ReadonlyMap<string, readonly Trace[]> {
  const traces = new Map<string, Trace[]>();
  const leave = (marker: unknown, trace: Trace): void => {
    if (typeof marker === "string") traces.set(marker, [...(traces.get(marker) ?? []), trace]);
  };
  for (const { events, log } of sessions) {
    const replay = new SessionReplay({ kind: "ai", agent });
    for (const event of events) {
      const before = (id: string): Trace => {
        const { holder = null, epoch = 0 } = replay.lives.get(id) ?? {};
        return { holder, epoch };
      };
      if (
        event.type === "escalation.released" ||
        event.type === "escalation.resolved" ||
        event.type === "escalation.cancelled" ||
        event.type === "escalation.handed_back" ||
        event.type === "escalation.transfer_requested"
      ) {
        const trace = before(event.data.escalationId);
        leave(event.data.reason, trace);
        const { answer = null } = escalations.find(({ id }) => id === event.data.escalationId) ?? {};
        if (event.type === "escalation.resolved") leave(answer, trace);
      }
      if (event.type === "approval.decided")
        leave(event.data.reason, { holder: event.data.worker, epoch: 0 });
      replay.apply(event);
    }
    for (const { entry, owner } of ownersInLog(log)) {
      if (entry.type !== "message" || entry.actor !== "human") continue;
      const epoch = owner === null ? undefined : replay.claimedUnder.get(owner.ownershipEpoch);
      leave(entry.data.text, { holder: owner?.worker ?? null, epoch: epoch ?? 0 });
    }
  }
  return traces;
}
