import { agentSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { aiSdkAgent } from "../src/index.js";
import { anthropicSaying } from "./anthropic.js";
import { anthropicModel, continueAnswer, modelServer, openAiModel, saying, silent } from "./model-server.js";

async function openAi(answer = saying("You need nine digits.")) {
  return aiSdkAgent({ model: openAiModel((await modelServer(answer)).url) }).agent;
}

agentSuite({
  describe,
  it,
  expect,
  name: "over an OpenAI-compatible provider it is an agent",
  create: () => openAi(),
  hanging: () => openAi(silent),
  plugin: () => aiSdkAgent({ model: "some/model" }),
});

agentSuite({
  describe,
  it,
  expect,
  name: "over Anthropic's provider it is an agent",
  create: async () => {
    const { url } = await modelServer(anthropicSaying("You need nine digits.", continueAnswer));
    return aiSdkAgent({ model: anthropicModel(url) }).agent;
  },
});
