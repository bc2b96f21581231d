import { PassThrough } from "node:stream";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, describe, expect, it } from "vitest";
import { cli, folderWith, installed, project } from "./harness.js";

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

describe("mcp", () => {
  it("serves the client that starts it, and lets nothing else onto standard output", async () => {
    const { cwd, command } = installed({
      ...project,
      "rules.yaml": `
- name: noted
  condition: { type: rate, activity: note, times: 1, withinSeconds: 60 }
  action: { type: send, message: "A note, {name}" }
`,
    });
    const client = new Client({ name: "test", version: "1.0.0" });
    clients.push(client);
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...command, "mcp", "--client", "desk", "--recipients"],
      cwd,
      stderr: "pipe",
    });
    let printed = "";
    transport.stderr?.on("data", (chunk) => {
      printed += String(chunk);
    });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("await_human");
    const started = await client.callTool({
      name: "start_session",
      arguments: { externalId: "a", recipient: { id: "u1", name: "Ada" } },
    });
    expect(started.structuredContent).toMatchObject({ resumed: false, session: { externalId: "a" } });
    await client.callTool({ name: "record_activity", arguments: { session: "a", type: "note" } });
    // What the console channel prints would have broken the protocol.
    await expect.poll(() => printed, { timeout: 20_000 }).toMatch(/A note, Ada/);
    await client.callTool({ name: "get_session", arguments: { session: "a" } });
    expect(errors).toEqual([]);
  }, 60_000);

  it("ends with its client, and at a signal", async () => {
    const gone = new PassThrough();
    gone.end();
    expect(await cli(folderWith(project), ["mcp"], { stdin: gone })).toMatchObject({ code: 0, stdout: "" });
    expect(
      await cli(folderWith(project), ["mcp"], {
        stdin: new PassThrough(),
        onSignal(listener) {
          listener("SIGINT");
          return () => undefined;
        },
      }),
    ).toMatchObject({ code: 0, stdout: "" });
  });

  it("says what is wrong with how it is called", async () => {
    for (const args of [
      ["--client", "two words"],
      ["--sessions", "some"],
      ["--approvals", "nobody"],
    ])
      expect((await cli(folderWith(project), ["mcp", ...args])).code).toBe(2);
  });
});
