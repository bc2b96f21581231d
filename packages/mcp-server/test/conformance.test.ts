import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { atEnd, harness } from "./harness.js";

const runner = createRequire(import.meta.url)
  .resolve("@modelcontextprotocol/conformance/package.json")
  .replace(/package\.json$/, "dist/index.js");
const oldNode = fileURLToPath(new URL("conformance/old-node.mjs", import.meta.url));
const preload = Number(process.versions.node.split(".")[0]) < 22 ? ["--import", oldNode] : [];

/** Scenarios that call a tool, resource or prompt of the runner's own example server, or ask for what we do not have. */
const notOurs: readonly (readonly [scenario: RegExp, why: string])[] = [
  [/^tools-call-/, "calls tools of the example server"],
  [/^resources-(read|templates-read)/, "reads resources of the example server"],
  [/^resources-(un)?subscribe$/, "we have no subscriptions: await_human tells what changes"],
  [/^(prompts-|completion-)/, "we have no prompts"],
  [/^(logging-|tools-call-with-logging)/, "logging to clients is deprecated, and we have none"],
  [/^elicitation-/, "calls tools of the example server"],
  [/^input-required-result-/, "calls tools of the example server; story and approval tests do so with ours"],
  [/^tasks-/, "an extension that we have not: what lasts is an escalation"],
  [/^json-schema-2020-12$/, "looks at a tool of the example server"],
  [/^http-custom-header/, "no tool of ours asks for headers of its own"],
];

/** Checks of scenarios that do apply which cannot be made here, and why. */
const untestable: Readonly<Record<string, readonly string[]>> = {
  "server-stateless": [
    // They call diagnostic tools of the example server.
    "sep-2575-missing-capability-http-400",
    "sep-2575-server-no-log-without-loglevel",
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-http-server-no-independent-requests-on-stream",
  ],
  // We have no prompts to list.
  caching: ["sep-2549-prompts-list-caching-hints"],
};

interface Check {
  readonly id: string;
  readonly status: string;
}

/** What failed, by scenario, with those that passed as empty lists. */
async function run(url: URL, revision: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), "hybrid-mcp-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const args = ["server", "--url", url.href, "--requirements", revision, "-o", folder];
  // It exits with 1 when a check fails; which ones, its files say.
  await new Promise((resolve) => execFile(process.execPath, [...preload, runner, ...args], resolve));
  return new Map(
    readdirSync(folder).map((name) => {
      const checks = JSON.parse(readFileSync(join(folder, name, "checks.json"), "utf8")) as readonly Check[];
      const failed = checks.filter(({ status }) => status === "FAILURE").map(({ id }) => id);
      return [name.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, ""), failed];
    }),
  );
}

const revisions = {
  "2026-07-28": ["server-stateless", "caching", "tools-list", "resources-list", "http-header-validation"],
  "2025-11-25": ["server-initialize", "ping", "tools-list", "resources-list", "dns-rebinding-protection"],
};

// The runner waits for itself here and there: some ten seconds, of which it computes three for each revision.
it("stands up to the official conformance runner in what applies", { timeout: 90_000 }, async () => {
  const { url } = await harness({
    // The runner sends no token, and wants pages of this machine to be let in.
    http: { auth: "none", allowedOrigins: ["localhost", "127.0.0.1"] },
  });
  await Promise.all(
    Object.entries(revisions).map(async ([revision, atLeast]) => {
      const results = await run(url, revision);
      const ours = [...results].filter(([scenario]) => !notOurs.some(([pattern]) => pattern.test(scenario)));
      expect(ours.map(([scenario]) => scenario)).toEqual(expect.arrayContaining(atLeast));
      for (const [scenario, failed] of ours)
        expect([scenario, [...failed].sort()]).toEqual([scenario, [...(untestable[scenario] ?? [])].sort()]);
    }),
  );
});
