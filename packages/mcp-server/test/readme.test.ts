import { readFileSync } from "node:fs";
import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import * as mcpClient from "@modelcontextprotocol/client";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as mcpServer from "../src/index.js";
import { connect, harness } from "./harness.js";

const url = new URL("../README.md", import.meta.url);
const text = readFileSync(url, "utf8");

function section(from: string, to: string): string {
  return text.slice(text.indexOf(from), text.indexOf(to));
}

function namesIn(table: string): readonly string[] {
  return Array.from(table.matchAll(/^\| `(\w+)`/gm), ([, name]) => name ?? "").sort();
}

it("prints what its README says", async () => {
  const printed = await runReadme(url, {
    "@hybrid-orchestrator/mcp-server": mcpServer,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
    "@modelcontextprotocol/client": mcpClient,
  });
  expect(printed).toEqual(["true The number is refused."]);
});

it("tells of every option and every tool, and of no other", async () => {
  const [options = "", http = ""] = section("## Options", "## Security").split("`.http(");
  expect(namesIn(options)).toEqual(Object.keys(mcpServer.mcpServerSettingsSchema.shape).sort());
  expect(namesIn(http)).toEqual(Object.keys(mcpServer.httpOptionsSchema.shape).sort());
  const client = await connect((await harness()).url);
  const { tools } = await client.listTools();
  const rows = section("## Tools", "Each has an output schema").matchAll(/^\| (`.+?) \|/gm);
  const told = [...rows].flatMap(([, cell = ""]) => cell.match(/[a-z_]+/g) ?? []);
  expect(told.sort()).toEqual(tools.map(({ name }) => name).sort());
  for (const { name, outputSchema, annotations, description } of tools) {
    expect([name, outputSchema?.type, typeof annotations?.readOnlyHint]).toEqual([name, "object", "boolean"]);
    expect(description).not.toBe("");
  }
});
