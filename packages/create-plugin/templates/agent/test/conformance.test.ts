import { agentSuite, recordingHost } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { sampleNameAgent } from "../src/index.js";

agentSuite({
  describe,
  it,
  expect,
  name: "the sample-name agent is an agent",
  create: async () => {
    const recording = recordingHost();
    await sampleNameAgent().setup(recording.host);
    const [agent] = recording.agents;
    if (agent === undefined) throw new Error("The plugin registered no agent.");
    return agent;
  },
  plugin: () => sampleNameAgent(),
});
