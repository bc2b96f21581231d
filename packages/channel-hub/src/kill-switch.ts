import { type Message, OrchestratorError } from "@hybrid-orchestrator/core";
import { z } from "zod";

const name = z.string().min(1).max(100);

/** What is to stop: all that software says in a workflow, all on a channel, or all of an agent. */
export const killSwitchTargetSchema = z.union([
  z.strictObject({ workflow: name }),
  z.strictObject({ channel: name }),
  z.strictObject({ agent: name }),
]);
export type KillSwitchTarget = z.infer<typeof killSwitchTargetSchema>;

export const killSwitchSchema = z.strictObject({
  scope: z.enum(["workflow", "channel", "agent"]),
  name,
  reason: z.string().min(1).max(500),
  engagedAt: z.number(),
});
export type KillSwitch = z.infer<typeof killSwitchSchema>;

/** The target as scope and name. */
export function scopeOf(target: KillSwitchTarget): Pick<KillSwitch, "scope" | "name"> {
  if ("workflow" in target) return { scope: "workflow", name: target.workflow };
  if ("channel" in target) return { scope: "channel", name: target.channel };
  return { scope: "agent", name: target.agent };
}

export function engaged(
  switches: readonly KillSwitch[],
  scope: KillSwitch["scope"],
  wanted: string,
): KillSwitch | undefined {
  return switches.find((one) => one.scope === scope && one.name === wanted);
}

/** The switches with one more. One that is engaged already stays as it is. */
export function engage(switches: readonly KillSwitch[], added: KillSwitch): readonly KillSwitch[] {
  if (engaged(switches, added.scope, added.name) !== undefined) return switches;
  if (switches.length >= 1_000) {
    throw new OrchestratorError(
      "invalid_argument",
      "There are 1,000 kill switches already. Release some that have had their time.",
    );
  }
  return [...switches, added];
}

/** Why a message of such a workflow may not leave, or null. What a human wrote is no business of a workflow's switch. */
export function stoppedBy(
  switches: readonly KillSwitch[],
  workflow: string,
  { automated, metadata }: Pick<Message, "automated" | "metadata">,
): string | null {
  if (!automated) return null;
  const byWorkflow = engaged(switches, "workflow", workflow);
  if (byWorkflow !== undefined) return wordsFor(byWorkflow);
  const { agent } = metadata;
  const byAgent = typeof agent === "string" ? engaged(switches, "agent", agent) : undefined;
  return byAgent === undefined ? null : wordsFor(byAgent);
}

/** Why an agent may not be asked in such a workflow, or null. */
export function silencedBy(
  switches: readonly KillSwitch[],
  workflow: string,
  agent: string | null,
): string | null {
  const found =
    engaged(switches, "workflow", workflow) ??
    (agent === null ? undefined : engaged(switches, "agent", agent));
  return found === undefined ? null : wordsFor(found);
}

/** `the kill switch of workflow loan is engaged: wrong rates` */
export function wordsFor({ scope, name: named, reason }: KillSwitch): string {
  return `the kill switch of ${scope} ${named} is engaged: ${reason}`;
}
