import type { EscalationPolicy } from "@hybrid-orchestrator/core";
import type { Life } from "./lives.js";

type Place = { readonly cycle: number; readonly level: number };

/** When the policy goes on: at a moment, whenever somebody comes (`held`), or not by itself. */
type Due = number | "held" | null;

/**
 * A policy told once more, from what it says and from the events alone: which level fires when, what is skipped, what a
 * claim pauses. The policy is the one of the rules under which it was opened, whatever they were changed to since.
 */
export function violationsOfLevels(
  life: Life,
  { policy, now }: { readonly policy: EscalationPolicy | undefined; readonly now: number },
): string[] {
  const found: string[] = [];
  if (policy === undefined) return [`escalation ${life.id} names no version: ${life.reason}`];
  const wrong = (what: string): void => void found.push(`escalation ${life.id}: ${what}`);
  let due: Due = life.openedAt;
  let left: number | null = null;
  let holder = false;
  let exhausted = false;
  let reached = false;
  let place: Place = { cycle: 1, level: -1 };
  /** A level that has fired and has not lost its people since. */
  let standing: Place | null = null;
  let fellBack: Place | null = null;
  const breached = new Set<string>();

  const following = (): Place | null => {
    if (due === "held") return place;
    if (place.level + 1 < policy.levels.length) return { ...place, level: place.level + 1 };
    const { times, fromLevel } = policy.repeat;
    return place.cycle <= times && reached ? { cycle: place.cycle + 1, level: fromLevel } : null;
  };
  const enter = (to: Place, what: string, at: number): void => {
    if (holder) wrong(`${what} while it is held`);
    const expected = following();
    if (!same(to, expected)) {
      // Its fallback is told instead of those who are not there, once.
      const mayFallBack = standing === null && policy.levels[to.level]?.onNoTarget === "fall_back";
      if (!same(to, place) || !mayFallBack || same(to, fellBack))
        wrong(`${what} at ${tell(to)}, ${tell(expected)} was next`);
      fellBack = to;
    }
    if (due !== "held" && due !== at) wrong(`${what} at ${at}, it was due at ${due}`);
    if (to.cycle !== place.cycle) reached = false;
    place = to;
  };
  for (const { type, at, data } of life.events) {
    const here: Place = { cycle: data.cycle, level: data.level };
    const level = policy.levels[here.level];
    switch (type) {
      case "escalation.level_fired":
        if (standing !== null && same(standing, here)) wrong(`level ${tell(here)} fires again`);
        enter(here, "a level fires", at);
        reached = true;
        standing = here;
        due = at + (level?.waitSeconds ?? Number.NaN) * 1_000;
        break;
      case "escalation.no_target": {
        // Those who were told are gone: nobody knows from the events alone when that is noticed; presence.ts does.
        if (data.reason === null) enter(here, "a level finds nobody", at);
        else if (!same(here, place) || holder) wrong(`level ${tell(here)} loses its people`);
        standing = null;
        due = level?.onNoTarget === "hold" ? "held" : at;
        break;
      }
      case "escalation.exhausted":
        if (following() !== null) wrong(`it is over before ${tell(following())}`);
        if (due !== at) wrong(`it is over at ${at}, it was due at ${due}`);
        exhausted = true;
        due = null;
        break;
      case "escalation.claimed":
        holder = true;
        left = typeof due === "number" ? Math.max(0, due - at) : 0;
        due = null;
        break;
      case "escalation.released":
        holder = false;
        due = exhausted ? null : at + (left ?? 0);
        break;
      case "escalation.sla_breached":
        if (breached.has(data.reason ?? "")) wrong(`${data.reason} is breached twice`);
        breached.add(data.reason ?? "");
        break;
      case "escalation.resolved":
      case "escalation.cancelled":
      case "escalation.expired":
        // At the very moment of its end, what was due then came first.
        if (!holder && typeof due === "number" && due < at)
          wrong(`nothing happened at ${due}, when it was due`);
        due = null;
    }
  }
  if (typeof due === "number" && due < now) wrong(`nothing happened at ${due}, when it was due`);
  return found;
}

function same(a: Place | null, b: Place | null): boolean {
  return a !== null && b !== null && a.cycle === b.cycle && a.level === b.level;
}

function tell(place: Place | null): string {
  return place === null ? "the end" : `${place.cycle}.${place.level}`;
}
