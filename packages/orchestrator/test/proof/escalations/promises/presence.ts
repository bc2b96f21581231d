import type { WorkerRecord } from "@hybrid-orchestrator/core";
import { presenceGraceSeconds } from "../scenario.js";
import type { World } from "../world.js";
import type { EscalationEvent, Life } from "./lives.js";

const graceMs = presenceGraceSeconds * 1_000;
/** A node may know the team as it was a second ago. */
const slackMs = 1_000;

/** While an escalation depends on these people: on its holder, or on those whom its policy has told. */
interface Stretch {
  readonly on: readonly string[];
  readonly kind: "held" | "told";
  readonly from: number;
  readonly to: number;
}

/**
 * Whoever is depended on and gone, all of them, is noticed within twice the grace time of a presence. Judged where
 * nothing failed: a storage that does not answer is noticed later.
 */
export function violationsOfPresence({ plan, clock, watch, darkness }: World): string[] {
  if (plan.failure > 0 || plan.death > 0) return [];
  return watch.lives().flatMap((life) =>
    stretchesOf(life, clock.now()).flatMap(({ on, kind, from, to }) => {
      const absences = on.map((id) => absencesOf(watch.workers.get(id) ?? [], kind, clock.now()));
      return together(absences).flatMap((absence) => {
        const since = Math.max(from, absence.from);
        const until = Math.min(to, absence.to);
        const dark = darkness.some((night) => night.from < until && night.to > since);
        return until - since > 2 * graceMs + slackMs && !dark
          ? [`escalation ${life.id}: for ${until - since} ms nobody noticed that ${on} were gone`]
          : [];
      });
    }),
  );
}

/** By the events alone. */
function stretchesOf({ events, ended }: Life, now: number): Stretch[] {
  const stretches: Stretch[] = [];
  let on: readonly string[] = [];
  let kind: Stretch["kind"] = "told";
  let from = 0;
  let cycle = 1;
  let channel = false;
  let told: readonly string[] = [];
  const depend = (next: readonly string[], how: Stretch["kind"], at: number): void => {
    if (on.length > 0) stretches.push({ on, kind, from, to: at });
    [on, kind, from] = [next, how, at];
  };
  for (const event of events) {
    const { type, at, data } = event;
    if (data.cycle !== cycle) [cycle, told, channel] = [data.cycle, [], false];
    switch (type) {
      case "escalation.level_fired": {
        const reached = data.details as { workers: string[]; channels: string[] };
        told = [...new Set([...told, ...reached.workers])];
        channel ||= reached.channels.length > 0;
        depend(channel ? [] : told, "told", at);
        break;
      }
      case "escalation.no_target":
        // Noticed; the next level fires at once, or when somebody is there.
        if (data.reason !== null) [told, channel] = [[], false];
        depend([], "told", at);
        break;
      case "escalation.exhausted":
        depend([], "told", at);
        told = [];
        break;
      case "escalation.claimed":
      case "escalation.transferred":
        depend(holderOf(event), "held", at);
        break;
      case "escalation.released":
        depend(channel ? [] : told, "told", at);
    }
  }
  if (ended === null) depend([], "told", now);
  else depend([], "told", events.at(-1)?.at ?? now);
  return stretches;
}

function holderOf({ data }: EscalationEvent): readonly string[] {
  return data.worker === null ? [] : [data.worker];
}

interface Absence {
  readonly from: number;
  readonly to: number;
}

/** When somebody was not there: for a holder that is offline or a lost connection, for others whatever is not online. */
function absencesOf(
  known: readonly { readonly at: number; readonly record: WorkerRecord }[],
  kind: Stretch["kind"],
  now: number,
): Absence[] {
  const absences: Absence[] = [];
  known.forEach(({ at, record }, index) => {
    const to = known[index + 1]?.at ?? now;
    const { presence, connectedUntil } = record;
    const gone = kind === "held" ? presence === "offline" : presence !== "online";
    if (gone) absences.push({ from: at, to });
    // The connection was lost with its last sign of life.
    else if (connectedUntil !== null && connectedUntil < to)
      absences.push({ from: Math.max(at, connectedUntil - graceMs), to });
  });
  return merged(absences);
}

function merged(absences: readonly Absence[]): Absence[] {
  const joined: Absence[] = [];
  for (const absence of absences) {
    const last = joined.at(-1);
    if (last !== undefined && last.to >= absence.from)
      joined[joined.length - 1] = { ...last, to: absence.to };
    else joined.push(absence);
  }
  return joined;
}

/** When all of them were absent. */
function together(absences: readonly (readonly Absence[])[]): Absence[] {
  return absences.reduce<readonly Absence[] | null>((all, one) => {
    if (all === null) return one;
    return all.flatMap((a) =>
      one.flatMap((b) => {
        const shared = { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
        return shared.from < shared.to ? [shared] : [];
      }),
    );
  }, null) as Absence[];
}
