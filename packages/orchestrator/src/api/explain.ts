import {
  type Delivery,
  type DeliveryEffect,
  type Firing,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import type { Explanation as RuleExplanation } from "@hybrid-orchestrator/triggers";
import { SessionWork } from "../decide/work.js";
import { sessionNotFound } from "../not-found.js";
import type { Runtime } from "../runtime.js";
import type { References, SessionRef } from "./refs.js";

export interface Explanation extends RuleExplanation {
  readonly firings: readonly Firing[];
  /** What became of the messages it asked for. */
  readonly deliveries: readonly { readonly id: string; readonly delivery: Delivery }[];
  /** All of it in words. */
  readonly text: string;
}

/** Why a trigger fired or did not, in words, with the numbers; the same facts as the decision had. */
export async function explain(
  runtime: Runtime,
  refs: References,
  ref: SessionRef,
  trigger: string,
): Promise<Explanation> {
  if (!runtime.hasTrigger(trigger)) {
    const names = runtime.triggers().map(({ name }) => name);
    throw new OrchestratorError(
      "unknown_name",
      `No trigger is named ${trigger}. Known: ${names.join(", ") || "none"}.`,
    );
  }
  return refs.with(ref, async ({ id }) => {
    const rulebook = runtime.rulebook();
    const [snapshot] = await runtime.storage.load([
      { sessionId: id, rulesHash: rulebook.rules.hash, recent: rulebook.rules.needsRecent },
    ]);
    if (!snapshot) throw sessionNotFound(id);
    const rule = SessionWork.restore(snapshot, rulebook).explain(trigger, runtime.settings.clock.now());
    const firings = (await runtime.storage.listFirings({ sessionId: id, trigger, limit: 100, order: "asc" }))
      .items;
    const effects = (
      await runtime.storage.listEffects({ sessionId: id, kind: "delivery", limit: 500, order: "asc" })
    ).items;
    const deliveries = effects
      .filter(
        (effect): effect is DeliveryEffect =>
          effect.kind === "delivery" && effect.delivery.message.trigger === trigger,
      )
      .map((effect) => ({ id: effect.id, delivery: effect.delivery }));
    const lines = [
      rule.text,
      ...firings.map(tellFiring),
      ...deliveries.flatMap(({ delivery }) => tellDelivery(delivery)),
    ];
    return { ...rule, firings, deliveries, text: lines.join("\n") };
  });
}

function tellFiring(firing: Firing): string {
  const what = firing.arm === "control" ? ` It was recorded only (${firing.mode}).` : "";
  return `Fired (${firing.ordinal}) at ${new Date(firing.firedAt).toISOString()}: ${firing.reason}${what}`;
}

function tellDelivery(delivery: Delivery): string[] {
  const { message, status, reason, attempts, skips } = delivery;
  return [
    `Message to ${message.audience === "user" ? "the user" : "workers"} (${message.urgency}): ${status}${reason === null ? "" : `, ${reason}`}`,
    ...skips.map((skip) => `  not on ${skip.channel}: ${skip.reason}`),
    ...attempts.map(
      (attempt) =>
        `  on ${attempt.channel} (${attempt.chosenBy}): ${attempt.outcome ?? "under way"}${attempt.reason === null ? "" : `, ${attempt.reason}`}`,
    ),
  ];
}
