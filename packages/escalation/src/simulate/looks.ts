import { type Escalation, type Json, sameJson } from "@hybrid-orchestrator/core";
import { nextDueAt } from "../machine/advance.js";

/*
 * An escalation looks once in each grace time who is still there: thousands of times a day, nearly always with nothing to
 * see. A look that found the same as the one before it is not repeated until there can be something new.
 */

/** Whether nothing is different but when it is looked at next. */
export function isSameButLooked(before: Escalation, after: Escalation): boolean {
  const rest = ({ policy: _, ...escalation }: Escalation) =>
    ({ ...escalation, checkAt: null, updatedAt: 0 }) as unknown as Json;
  return before === after || sameJson(rest(before), rest(after));
}

/** Moves the next look to the first of its moments at which anything else happens, too; with nothing else there is none. */
export function skipLooks(
  escalation: Escalation,
  { changeAt, graceMs }: { readonly changeAt: number | null; readonly graceMs: number },
): Escalation {
  const { checkAt } = escalation;
  if (checkAt === null) return escalation;
  const unlooked = { ...escalation, checkAt: null };
  const dueAt = nextDueAt(unlooked);
  if (dueAt === null && changeAt === null) return unlooked;
  const moment = Math.min(dueAt ?? Number.POSITIVE_INFINITY, changeAt ?? Number.POSITIVE_INFINITY);
  if (moment <= checkAt) return escalation;
  return { ...escalation, checkAt: checkAt + Math.ceil((moment - checkAt) / graceMs) * graceMs };
}
