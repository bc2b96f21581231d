import { agentSuite } from "@hybrid-orchestrator/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claudeAgent } from "../src/index.js";
import { sensible, usesTool } from "./harness.js";
import { apiKey, type MessagesServer, messagesServer } from "./messages-server.js";

let server: MessagesServer;
let silent: MessagesServer;
let overloaded: MessagesServer;
/** Asks for a tool first, and decides when it sees what came of it. */
let handy: MessagesServer;
beforeAll(async () => {
  server = await messagesServer(sensible);
  silent = await messagesServer(() => "hang");
  overloaded = await messagesServer(() => ({ status: 529, type: "overloaded_error" }));
  handy = await messagesServer((request) =>
    request.messages.length === 1 ? usesTool(request.tools?.[0]?.name ?? "") : sensible(request),
  );
});
afterAll(async () => {
  const all = [server, silent, overloaded, handy];
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
  reportsUsage: true,
  plugin: () => claudeAgent({ apiKey, baseUrl: server.url }),
});
