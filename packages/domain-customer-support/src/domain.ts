import { type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { domainPlugin } from "@hybrid-orchestrator/domain-kit";
import { detectorsFor } from "./blockers.js";
import { type CustomerSupportDomainConfig, customerSupportDomainConfigSchema } from "./config.js";
import { parseSupportEvents } from "./events.js";
import { roles } from "./roles.js";
import { triggersFor } from "./rules.js";
import { parseZendesk } from "./zendesk.js";

/**
 * Chats and tickets of customer support. Source of the rules: the paper's example of this domain.
 * @throws OrchestratorError `invalid_configuration`
 */
export function customerSupportDomain(config: CustomerSupportDomainConfig = {}): Plugin {
  const settings = parseWith(customerSupportDomainConfigSchema, config, {
    name: "configuration of customerSupportDomain",
    code: "invalid_configuration",
  });
  return domainPlugin({
    name: "domain-customer-support",
    workflows: settings.workflows,
    triggers: triggersFor(settings),
    roles,
    channels: Object.fromEntries(
      Object.entries(settings.channels).map(([need, channels]) => [`support.${need}`, channels]),
    ),
    parsers: { "support.events": parseSupportEvents, "support.zendesk": parseZendesk },
    detectors: detectorsFor(settings),
  });
}
