import type { Agent } from "@hybrid-orchestrator/core";
import { agentSuite, recordingHost } from "@hybrid-orchestrator/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claudeAgent } from "../src/index.js";
import { sensible, usesTool } from "./harness.js";
import { apiKey, type MessagesServer, messagesServer, says } from "./messages-server.js";

let server: MessagesServer;
let silent: MessagesServer;
let pausing: MessagesServer;
let overloaded: MessagesServer;
/** Asks for a tool first, and decides when it sees what came of it. */
let handy: MessagesServer;
beforeAll(async () => {
  server = await messagesServer(sensible);
  silent = await messagesServer(() => "hang");
  pausing = await messagesServer(() => ({ reply: says("Nine digits are needed."), after: 6, ends: "hang" }));
  overloaded = await messagesServer(() => ({ status: 529, type: "overloaded_error" }));
  handy = await messagesServer((request) =>
    request.messages.length === 1 ? usesTool(request.tools?.[0]?.name ?? "") : sensible(request),
  );
});
afterAll(async () => {
  const all = [server, silent, pausing, overloaded, handy];
  for (const one of all) await one.close();
  expect(all.flatMap(({ refusals }) => refusals)).toEqual([]);
});

agentSuite({
  describe,
  it,
  expect,
  name: "the Claude agent is an agent",
  create: () => claudeAgent({ apiKey, baseUrl: server.url }).agent,
  hanging: () => claudeAgent({ apiKey, baseUrl: silent.url }).agent,
  failing: () => claudeAgent({ apiKey, baseUrl: overloaded.url }).agent,
  usingTool: () => claudeAgent({ apiKey, baseUrl: handy.url }).agent,
  async limited(clock) {
    const { host, agents } = recordingHost({ clock });
    await claudeAgent({ apiKey, baseUrl: silent.url, timeoutMs: 30_000 }).setup(host);
    return { agent: agents[0] as Agent, timeoutMs: 30_000 };
  },
  pausing: () => claudeAgent({ apiKey, baseUrl: pausing.url }).agent,
  sent: () => server.requests.map(({ text }) => text).join("\n"),
  reportsUsage: true,
  plugin: () => claudeAgent({ apiKey, baseUrl: server.url }),
});
