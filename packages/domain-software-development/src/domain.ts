import { type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { domainPlugin } from "@hybrid-orchestrator/domain-kit";
import { detectorsFor } from "./blockers.js";
import { type SoftwareDevelopmentDomainConfig, softwareDevelopmentDomainConfigSchema } from "./config.js";
import { parseGitHub } from "./github.js";
import { roles } from "./roles.js";
import { triggersFor } from "./rules.js";

/**
 * Pull requests, reviews and checks. Source of the rules: the paper's example of this domain.
 * @throws OrchestratorError `invalid_configuration`
 */
export function softwareDevelopmentDomain(config: SoftwareDevelopmentDomainConfig = {}): Plugin {
  const settings = parseWith(softwareDevelopmentDomainConfigSchema, config, {
    name: "configuration of softwareDevelopmentDomain",
    code: "invalid_configuration",
  });
  return domainPlugin({
    name: "domain-software-development",
    workflows: settings.workflows,
    triggers: triggersFor(settings),
    roles,
    channels: Object.fromEntries(
      Object.entries(settings.channels).map(([need, channels]) => [`software.${need}`, channels]),
    ),
    parsers: { "software.github": parseGitHub(settings) },
    detectors: detectorsFor(settings),
  });
}
