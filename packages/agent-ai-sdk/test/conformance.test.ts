import type { Agent } from "@hybrid-orchestrator/core";
import { agentSuite, recordingHost, type VirtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { aiSdkAgent } from "../src/index.js";
import { anthropicSaying, beginAnthropicStream } from "./anthropic.js";
import {
  anthropicModel,
  beginStream,
  callingTool,
  chunk,
  continueAnswer,
  type ModelAnswer,
  type ModelServer,
  modelServer,
  openAiModel,
  refusing,
  saying,
  silent,
} from "./model-server.js";

type ModelOf = typeof openAiModel | typeof anthropicModel;

/** What makes agents over a provider of this kind. */
function over(model: ModelOf, sensible: ModelAnswer, pausing: ModelAnswer) {
  const servers: ModelServer[] = [];
  async function agent(...answers: [ModelAnswer, ...ModelAnswer[]]): Promise<Agent> {
    const server = await modelServer(...answers);
    servers.push(server);
    return aiSdkAgent({ model: model(server.url) }).agent;
  }
  return {
    ...{ describe, it, expect },
    create: () => agent(sensible),
    hanging: () => agent(silent),
    failing: () => agent(refusing(503)),
    pausing: () => agent(pausing),
    async limited(clock: VirtualClock) {
      const { url } = await modelServer(silent);
      const { host, agents } = recordingHost({ clock });
      await aiSdkAgent({ model: model(url), timeoutMs: 30_000 }).setup(host);
      return { agent: agents[0] as Agent, timeoutMs: 30_000 };
    },
    sent: () => JSON.stringify(servers.flatMap(({ calls }) => calls.map(({ body }) => body))),
    reportsUsage: true,
  };
}

const openAi = over(openAiModel, saying("You need nine digits."), (_, response) => {
  beginStream(response)(chunk({ content: "Nine " }));
});

agentSuite({
  ...openAi,
  name: "over an OpenAI-compatible provider it is an agent",
  async usingTool(name) {
    const server = await modelServer(callingTool(name, {}), saying("It is there."));
    return aiSdkAgent({ model: openAiModel(server.url) }).agent;
  },
  plugin: () => aiSdkAgent({ model: "some/model" }),
});

agentSuite({
  ...over(anthropicModel, anthropicSaying("You need nine digits.", continueAnswer), (_, response) => {
    const send = beginAnthropicStream(response);
    send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Nine " } });
  }),
  name: "over Anthropic's provider it is an agent",
});
