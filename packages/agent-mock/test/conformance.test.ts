import { agentSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { mockAgent } from "../src/index.js";

agentSuite({
  describe,
  it,
  expect,
  name: "the mock agent is an agent",
  create: () => mockAgent().agent,
  plugin: () => mockAgent(),
});
