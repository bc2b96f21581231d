import { OrchestratorError, type Trigger } from "@hybrid-orchestrator/core";
import { actionsOf } from "../decide/firings.js";
import type { NamedRegistry, Registry } from "./registry.js";

/** @throws OrchestratorError `unknown_name` for an agent or action that is named and not registered */
export function checkNames(input: {
  readonly triggers: readonly Trigger[];
  readonly registry: Registry;
  readonly defaultAgent: string | undefined;
}): void {
  const { triggers, registry, defaultAgent } = input;
  if (defaultAgent !== undefined)
    requireKnown(registry.agents, { kind: "agent", name: defaultAgent, by: "The option defaultAgent" });
  for (const trigger of triggers) {
    const by = `Trigger ${trigger.name}`;
    for (const action of actionsOf(trigger)) {
      if (action.type === "ask_agent" && action.agent !== undefined) {
        requireKnown(registry.agents, { kind: "agent", name: action.agent, by });
      }
      if (action.type === "custom" && typeof action.run === "string") {
        requireKnown(registry.actions, { kind: "action", name: action.run, by });
      }
    }
  }
}

function requireKnown(
  registry: NamedRegistry<unknown>,
  what: { readonly kind: string; readonly name: string; readonly by: string },
): void {
  if (registry.get(what.name) !== undefined) return;
  const known = registry.names().join(", ") || "none";
  throw new OrchestratorError(
    "unknown_name",
    `${what.by} names the ${what.kind} ${what.name}, which nobody registered. Known: ${known}.`,
  );
}
