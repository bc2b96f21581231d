import { type Agent, type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { type SampleNameAgentConfig, sampleNameAgentConfigSchema } from "./config.js";
import { decide, reply, summarize } from "./rules.js";

/**
 * An agent that follows rules of its own and asks no model.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function sampleNameAgent(config: SampleNameAgentConfig = {}): Plugin {
  const settings = parseWith(sampleNameAgentConfigSchema, config, {
    name: "configuration of sampleNameAgent",
    code: "invalid_configuration",
  });
  const agent: Agent = {
    name: settings.name,
    async analyze(input, { signal }) {
      signal.throwIfAborted();
      return decide(input, settings);
    },
    async *respond(input, { signal }) {
      // Word by word, as a model would stream it.
      for (const piece of reply(input.userMessage).match(/\S+\s*/g) ?? []) {
        signal.throwIfAborted();
        yield piece;
      }
    },
    async summarize(input, { signal }) {
      signal.throwIfAborted();
      return summarize(input);
    },
  };
  return { specVersion: 1, name: settings.name, setup: (host) => host.agent(agent) };
}
