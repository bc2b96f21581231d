import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Modules } from "@hybrid-orchestrator/config";
import { systemClock } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { parseTriggers } from "@hybrid-orchestrator/triggers";
import { afterEach } from "vitest";
import { type Io, runCli } from "../src/index.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "hybrid-cli-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const root = new URL("../../../", import.meta.url);
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(new URL("package.json", root)).resolve("tsx")).href;

/** The program as it is installed: its plugins beside the configuration, found by Node.js itself. */
export function installed(files: Readonly<Record<string, string>>): {
  readonly cwd: string;
  /** For Node.js, before the program's own arguments. */
  readonly command: readonly string[];
} {
  const plugins = Object.fromEntries(
    ["storage-sqlite", "channel-console", "config"].flatMap((name) => {
      const source = new URL(`packages/${name}/src/index.ts`, root).href;
      const folder = `node_modules/@hybrid-orchestrator/${name}`;
      const manifest = { name: `@hybrid-orchestrator/${name}`, type: "module", exports: "./index.js" };
      return [
        [`${folder}/package.json`, JSON.stringify(manifest)],
        [`${folder}/index.js`, `export * from ${JSON.stringify(source)};`],
      ];
    }),
  );
  return {
    cwd: folderWith({ ...plugins, ...files }),
    command: ["--conditions=source", "--import", tsx, main],
  };
}

const packages: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  "@hybrid-orchestrator/channel-console": () => import("@hybrid-orchestrator/channel-console"),
  "@hybrid-orchestrator/storage-sqlite": () => import("@hybrid-orchestrator/storage-sqlite"),
};
/** The workspace's packages, from their source. */
const modules: Modules = { load: async (name) => (await packages[name]?.()) ?? null };

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON document that it must be. */
  json(): Record<string, unknown>;
}

export interface World extends Partial<Io> {
  /** Called with all of standard output so far, each time something is written there. */
  onStdout?(text: string): void;
}

/** Runs a command line in this process. */
export async function cli(cwd: string, args: readonly string[], world: World = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const { onStdout, ...others } = world;
  const code = await runCli(args, {
    stdout(text) {
      stdout += text;
      onStdout?.(stdout);
    },
    stderr(text) {
      stderr += text;
    },
    isTerminal: false,
    cwd,
    env: {},
    clock: systemClock,
    modules,
    onSignal: () => () => undefined,
    ...others,
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

const rules = `
- name: stuck
  condition: { type: field_error, field: "ssn*", times: 3, withinSeconds: 60 }
  action: { type: send, message: "Do you need help, {name}?" }
- name: idle
  condition: { type: no_activity, seconds: 120 }
  action: { type: send, message: "Still there?" }
  maxFires: 2
  cooldownSeconds: 60
- name: rising
  condition: { type: trend, metric: score, direction: rising, times: 3 }
  action: { type: escalate }
- name: vip
  condition: { type: metadata, path: plan.level, is: gold }
  action: { type: ask_agent }
`;

const config = `
storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: sessions.db } }
channels: { console: {} }
triggers: rules.yaml
server: { port: 0 }
`;

export const project = { "hybrid.config.yaml": config, "rules.yaml": rules };

/** A session in the project's database, lived through on a clock of its own. */
async function withSession(
  folder: string,
  live: (
    orchestrator: Orchestrator,
    id: string,
    clock: { advance(ms: number): Promise<void> },
  ) => Promise<void>,
  options: { readonly path?: string } = {},
): Promise<string> {
  const { virtualClock } = await import("@hybrid-orchestrator/testkit");
  const clock = virtualClock(Date.UTC(2025, 5, 1, 9));
  await using orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: join(folder, options.path ?? "sessions.db") }),
    triggers: parseTriggers(rules).triggers,
    clock,
  });
  await orchestrator.start();
  const { id } = await orchestrator.createSession({
    externalId: "call_17",
    workflow: "claims",
    recipient: { id: "ada-lovelace", name: "Ada Lovelace", email: "ada@example.com", phone: "+15550100" },
    metadata: { customer: "Ada Lovelace", plan: { level: "free" } },
  });
  await live(orchestrator, id, clock);
  return id;
}

/** Everything happens in it that the rules look at. */
export async function livedSession(folder: string): Promise<string> {
  return withSession(folder, async (orchestrator, id, clock) => {
    for (const value of ["123-45-6789", "123456789", "987654321", "123-45-6789"]) {
      await orchestrator.recordActivity(id, { type: "field_change", data: { fieldId: "ssn", value } });
      await clock.advance(5_000);
    }
    for (const score of [10, 20, 35, 50]) {
      await orchestrator.recordActivity(id, { type: "rating", data: { score, by: "ada@example.com" } });
      await clock.advance(1_000);
    }
    await orchestrator.updateSession(id, { metadata: { plan: { level: "gold" }, note: "call +1 555 0100" } });
    await clock.advance(400_000);
    await orchestrator.recordActivity(id, { type: "message", data: { text: "My name is Ada Lovelace" } });
    await clock.advance(1_000);
    await orchestrator.complete(id, { reason: "Ada is done" });
  });
}
