import { type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { type SampleNameDomainConfig, sampleNameDomainConfigSchema } from "./config.js";
import { detectRejections } from "./detector.js";
import { parseRecords } from "./parser.js";
import { roles } from "./roles.js";
import { triggersFor } from "./triggers.js";

/**
 * The roles, triggers, parser and detector of one line of business.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function sampleNameDomain(config: SampleNameDomainConfig = {}): Plugin {
  const settings = parseWith(sampleNameDomainConfigSchema, config, {
    name: "configuration of sampleNameDomain",
    code: "invalid_configuration",
  });
  return {
    specVersion: 1,
    name: "sample-name",
    setup(host) {
      for (const role of roles) host.role(role);
      for (const trigger of triggersFor(settings)) host.trigger(trigger);
      host.channelPreference("urgent_guidance", ["voice", "sms"]);
      host.activityParser("sample-name", parseRecords);
      host.blockerDetector("sample-name.rejections", detectRejections);
    },
  };
}
