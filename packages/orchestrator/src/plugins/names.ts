import type { Trigger } from "@hybrid-orchestrator/core";
import { actionsOf } from "../decide/firings.js";
import type { Registry } from "./registry.js";

/** @throws OrchestratorError `unknown_name` for an agent or action that is named and not registered */
export function checkNames(input: {
  readonly triggers: readonly Trigger[];
  readonly registry: Registry;
  readonly defaultAgent: string | undefined;
}): void {
  const { triggers, registry, defaultAgent } = input;
  if (defaultAgent !== undefined) registry.agents.require(defaultAgent, "The option defaultAgent");
  for (const trigger of triggers) {
    const by = `Trigger ${trigger.name}`;
    for (const action of actionsOf(trigger)) {
      if (action.type === "ask_agent" && action.agent !== undefined)
        registry.agents.require(action.agent, by);
      if (action.type === "custom" && typeof action.run === "string")
        registry.actions.require(action.run, by);
    }
  }
}
