import { join } from "node:path";
import { PassThrough } from "node:stream";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { Client, type ClientOptions } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, describe, expect, it } from "vitest";
import { bundleScript, temporaryFolder } from "../../orchestrator/test/proof/processes/script.js";
import { createMcpServer } from "../src/index.js";
import { atEnd, call, type Era, eraOptions, orchestratorWithAnn } from "./harness.js";
import type { Asked, Escalated, Started, Awaited as Waited } from "./shapes.js";

// A program that loads at once what a thousand files hold: with a loader for TypeScript, each start takes seconds.
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const program = await bundleScript(new URL("programs/stdio-server.ts", import.meta.url), folder.path);

async function start(
  path: string,
  era: Era,
  options: ClientOptions = {},
): Promise<{ client: Client; pid: number }> {
  const client = new Client({ name: "test", version: "1.0.0" }, { ...eraOptions(era), ...options });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, path],
    stderr: "inherit",
  });
  atEnd(() => client.close());
  await client.connect(transport);
  return { client, pid: transport.pid ?? 0 };
}

describe("over standard input and output", () => {
  // Processes are started and killed, each of which loads everything anew.
  it("a process remembers when it is killed, and hears of people at another node", {
    timeout: 60_000,
  }, async () => {
    const era = "modern";
    const path = join(folder.path, "sessions.db");
    // Where the worker is, another process on the same database.
    const elsewhere = await orchestratorWithAnn({ storage: sqliteStorage({ path }) });
    const before = await start(path, era);
    expect(before.client.getProtocolEra()).toBe(era);
    const { session } = await call<Started>(before.client, "start_session", { externalId: "work" });
    await call(before.client, "record_activity", { session: "work", type: "note", data: { n: 1 } });
    const { escalation } = await call<Escalated>(before.client, "escalate", {
      session: "work",
      reason: "stuck",
    });
    const waiting = call<Waited>(before.client, "await_human", {
      escalation: escalation.id,
      waitSeconds: 50,
    });
    await elsewhere.escalations.claim(escalation.id, { worker: "ann" });
    const claimed = await waiting;
    expect(claimed).toMatchObject({ outcome: "claimed", happened: [{ by: "ann" }] });

    process.kill(before.pid, "SIGKILL");
    await elsewhere.escalations.reply(escalation.id, { worker: "ann", text: "Hello" });
    await elsewhere.escalations.handBack(escalation.id, { worker: "ann", note: { text: "Done." } });

    const after = await start(path, era);
    expect(await call<Started>(after.client, "start_session", { externalId: "work" })).toMatchObject({
      resumed: true,
      session: { id: session.id },
      open: [],
      recent: expect.arrayContaining([expect.objectContaining({ type: "note", data: { n: 1 } })]),
    });
    const ended = await call<Waited>(after.client, "await_human", {
      escalation: escalation.id,
      cursor: claimed.cursor,
    });
    expect(ended.outcome).toBe("handed_back");
    expect(ended.happened.map(({ what, text }) => [what, text])).toEqual([
      ["said", "Hello"],
      ["handed_back", "Done."],
    ]);
  });

  it("a client of a revision before 2026 is asked for its human's approval by a request of ours", {
    timeout: 60_000,
  }, async () => {
    const { client } = await start(":memory:", "legacy", {
      capabilities: { elicitation: {} },
    });
    const asked: unknown[] = [];
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params);
      return { action: "accept", content: { decision: "approve" } };
    });
    await call<Started>(client, "start_session", { externalId: "work" });
    const proposal = { session: "work", tool: "refund", arguments: { cents: 4_200 }, reason: "broken" };
    expect(await call<Asked>(client, "request_approval", proposal)).toMatchObject({
      id: null,
      approval: { status: "approved", decidedBy: "client:desk" },
      arguments: { cents: 4_200 },
    });
    expect(asked).toMatchObject([{ message: expect.stringMatching(/refund.*4200.*broken/s) }]);
  });

  it("ends when its client has gone, whether or not it said something", async () => {
    const orchestrator = await orchestratorWithAnn();
    const stdin = new PassThrough();
    const connection = createMcpServer({ orchestrator }).stdio({ stdin, stdout: new PassThrough() });
    stdin.end();
    await connection.closed;
    await using other = createMcpServer({ orchestrator }).stdio({
      stdin: new PassThrough(),
      stdout: new PassThrough(),
    });
    await other.close();
    await other.closed;
  });

  it("is refused a client's name that is none", async () => {
    const mcp = createMcpServer({ orchestrator: await orchestratorWithAnn() });
    for (const client of ["", "two words", "ä", "x".repeat(61)])
      expect(() => mcp.stdio({ client })).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
  });
});
