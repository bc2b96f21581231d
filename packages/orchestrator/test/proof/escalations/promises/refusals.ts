import type { Call } from "../calls.js";
import type { World } from "../world.js";

/** A refusal is true at some moment between the question and the answer, and tells the loser who has it. */
export function violationsOfRefusals({ watch, calls }: World): string[] {
  return calls.flatMap((call) => {
    if (call.outcome !== "refused" || isTrue(call, watch)) return [];
    return [`${call.act} of ${call.worker} was refused with "${call.error}", which was never so meanwhile`];
  });
}

function isTrue(call: Call, watch: World["watch"]): boolean {
  const { code, worker, claimEpoch, escalationId } = call;
  const error = call.error ?? "";
  const during = escalationId === null ? [] : watch.standingsWithin(escalationId, call);
  switch (code) {
    case "escalation_taken":
      return during.some(
        ({ holder }) => holder !== null && holder !== worker && new RegExp(`\\b${holder}\\b`).test(error),
      );
    case "escalation_ended":
      return during.some(({ ended }) => ended !== null);
    case "stale_epoch":
      return during.some(({ epoch }) => epoch !== claimEpoch);
    case "not_holder":
      return during.some(({ holder }) => holder !== worker);
    case "no_capacity": {
      // Of a transfer it is the capacity of whoever is to take over.
      const full = /^Worker (\w+)/.exec(error)?.[1] ?? "";
      return watch
        .recordsWithin(full, call)
        .some(
          ({ slots, capacity }) =>
            slots.filter((slot) => slot.escalationId !== escalationId).length >= capacity.total,
        );
    }
    default:
      return true;
  }
}
