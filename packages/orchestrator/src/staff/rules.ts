import { type EscalationPolicy, OrchestratorError, suggestName } from "@hybrid-orchestrator/core";
import { defaultPolicy, readPolicy } from "@hybrid-orchestrator/escalation";
import type { EscalationRules } from "../decide/rulebook.js";
import type { Runtime } from "../runtime.js";

/**
 * The policies there are, those of plugins among them; null where the orchestrator does not escalate.
 * @throws OrchestratorError `invalid_configuration`, `unknown_name`
 */
export function escalationRules({ settings, registry, directory }: Runtime): EscalationRules | null {
  const { escalation } = settings;
  if (escalation === undefined) return null;
  const given = new Map([...registry.policies.entries(), ...Object.entries(escalation.policies)]);
  const policies = new Map<string, EscalationPolicy>();
  for (const [name, input] of given) policies.set(name, readPolicy(input, name));
  const [only] = policies.size === 1 ? policies.keys() : [];
  const main = escalation.defaultPolicy ?? only ?? "default";
  if (main === "default" && !policies.has(main)) policies.set(main, defaultPolicy());
  const policy = (name: string): EscalationPolicy => {
    const found = policies.get(name);
    if (found !== undefined) return found;
    const known = [...policies.keys()];
    throw new OrchestratorError(
      "unknown_name",
      `No escalation policy is named ${name}.${suggestName(name, known)} Known: ${known.join(", ")}.`,
    );
  };
  policy(main);
  return { policy, defaultPolicy: main, maxPerHour: escalation.maxPerHour, staff: () => directory.staff() };
}
