import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Activity, Session } from "@hybrid-orchestrator/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseTriggers } from "../src/index.js";
import { conditionKeys } from "../src/parse/known-keys.js";
import { createdAt, newSession } from "./world.js";

const guide = readFileSync(new URL("../../../apps/docs/triggers.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map(([, code]) => code ?? "");

describe("apps/docs/triggers.md", () => {
  it.each(blocks(guide, "yaml").map((code, index) => [index + 1, code] as const))(
    "has a valid example %i",
    (_, code) => {
      expect(parseTriggers(code).triggers.length).toBeGreaterThan(0);
    },
  );

  it("has enough examples, and explains every condition", () => {
    expect(blocks(guide, "yaml").length).toBeGreaterThanOrEqual(5);
    const { all: _all, any: _any, not: _not, ...leaves } = Object.fromEntries(conditionKeys);
    for (const [type, keys] of Object.entries(leaves)) {
      const row = guide.split("\n").find((line) => line.startsWith(`| \`${type} {`));
      expect(row, `a row for ${type}`).toBeDefined();
      for (const key of keys.filter((name) => name !== "type"))
        expect(row, `${key} of ${type}`).toContain(key);
    }
  });
});

describe("README.md", () => {
  it("has an example that runs", async () => {
    const [code = ""] = blocks(readme, "ts");
    const engine = new URL("../src/index.ts", import.meta.url).pathname;
    // Inside the package, so that its imports are found.
    const folder = mkdtempSync(new URL("../node_modules/.readme-", import.meta.url).pathname);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(`${folder}/example.ts`, code.replace("@hybrid-orchestrator/triggers", engine));
    const { replay } = (await import(`${folder}/example.ts`)) as {
      replay(session: Session, log: readonly Activity[], until: number): string[];
    };
    const log = [5, 6, 7].map((second, index): Activity => {
      const at = createdAt + second * 1_000;
      return {
        id: "",
        seq: index + 1,
        type: "field_change",
        actor: "user",
        channel: null,
        data: { fieldId: "ssn_1" },
        occurredAt: at,
        effectiveAt: at,
        createdAt: at,
      };
    });
    expect(replay(newSession(), log, createdAt + 600_000)).toEqual([
      "stuck: 3 of 3 changes of ssn_1 within 60 s",
      "idle: no activity by the user for 120 s",
    ]);
  });
});
