import { type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { domainPlugin } from "@hybrid-orchestrator/domain-kit";
import { detectorsFor } from "./blockers.js";
import { type FinancialServicesDomainConfig, financialServicesDomainConfigSchema } from "./config.js";
import { parseFormEvents } from "./parser.js";
import { roles } from "./roles.js";
import { triggersFor } from "./rules.js";

/**
 * Forms and applications of financial services. Source of the rules: the paper's example of this domain.
 * @throws OrchestratorError `invalid_configuration`
 */
export function financialServicesDomain(config: FinancialServicesDomainConfig = {}): Plugin {
  const settings = parseWith(financialServicesDomainConfigSchema, config, {
    name: "configuration of financialServicesDomain",
    code: "invalid_configuration",
  });
  return domainPlugin({
    name: "domain-financial-services",
    workflows: settings.workflows,
    triggers: triggersFor(settings),
    roles,
    channels: Object.fromEntries(
      Object.entries(settings.channels).map(([need, channels]) => [`financial.${need}`, channels]),
    ),
    parsers: { "financial.form_events": parseFormEvents },
    detectors: detectorsFor(settings),
  });
}
