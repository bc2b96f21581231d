import { describe, expect, it } from "vitest";
import {
  allowedImports,
  type PackageFacts,
  packageViolations,
  topLevelViolations,
} from "../src/boundaries.js";
import { readPackages, trackedPaths } from "../src/workspace.js";

describe("this repository", () => {
  const packages = readPackages();

  it("has packages to look at", () => {
    expect(packages.map((facts) => facts.folder)).toContain("core");
    expect(Object.keys(packages.find((facts) => facts.folder === "core")?.files ?? {})).toContain(
      "src/index.ts",
    );
  });

  it.each(packages.map((facts) => [facts.folder, facts] as const))("%s keeps the rules", (_, facts) => {
    expect(packageViolations(facts)).toEqual([]);
  });

  it("keeps its top level clean", () => {
    expect(topLevelViolations(trackedPaths())).toEqual([]);
  });
});

describe("the floors", () => {
  const may = (folder: string, imported: string) => allowedImports(folder)?.(imported);

  it.each([
    ["signatures", "core"],
    ["triggers", "core"],
    ["channel-slack", "signatures"],
    ["orchestrator", "triggers"],
    ["orchestrator", "channel-hub"],
    ["orchestrator", "escalation"],
    ["server", "orchestrator"],
    ["cli", "storage-sqlite"],
    ["config", "server"],
    ["cli", "config"],
    ["testkit", "core"],
  ])("%s may import %s", (folder, imported) => {
    expect(may(folder, imported)).toBe(true);
  });

  it.each([
    ["core", "triggers"],
    ["signatures", "safe-http"],
    ["triggers", "channel-hub"],
    ["channel-slack", "channel-hub"],
    ["agent-mock", "testkit"],
    ["orchestrator", "storage-sqlite"],
    ["orchestrator", "channel-console"],
    ["orchestrator", "agent-mock"],
    ["server", "dashboard"],
    ["server", "config"],
    ["config", "cli"],
    ["testkit", "storage-sqlite"],
  ])("%s may not import %s", (folder, imported) => {
    expect(may(folder, imported)).toBe(false);
  });
});

describe("the checker", () => {
  it("finds nothing in a sound package", () => {
    expect(packageViolations(sound({}))).toEqual([]);
  });

  it.each<[string, Planted, string]>([
    [
      "an import from the same floor",
      { source: `import { x } from "@hybrid-orchestrator/channel-hub";` },
      "packages/triggers/src/rule.ts: must not import @hybrid-orchestrator/channel-hub",
    ],
    [
      "a type import from the same floor",
      { source: `export type { X } from "@hybrid-orchestrator/channel-hub/sub";` },
      "packages/triggers/src/rule.ts: must not import @hybrid-orchestrator/channel-hub",
    ],
    [
      "a dynamic import of an undeclared package",
      { source: `export const load = () => import("undici");` },
      "packages/triggers/src/rule.ts: imports undici, which package.json does not ship (dependencies, peers)",
    ],
    [
      "a reach into another package's files",
      { source: `import { x } from "../../core/src/errors.js";` },
      "packages/triggers/src/rule.ts: ../../core/src/errors.js leaves the package's src",
    ],
    [
      "a dependency on a package of the same floor",
      { dependencies: { "@hybrid-orchestrator/storage-sqlite": "workspace:^" } },
      "packages/triggers/package.json: must not depend on @hybrid-orchestrator/storage-sqlite",
    ],
    ["console", { source: `console.log("x");` }, "packages/triggers/src/rule.ts: uses console"],
    ["a missing README", { readme: undefined }, "packages/triggers/README.md: missing"],
    [
      "a long tsconfig",
      { tsconfig: `${"\n".repeat(8)}{}` },
      "packages/triggers/tsconfig.json: 9 lines, at most 8",
    ],
    [
      "published exports that point at src",
      { published: { source: "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
      "packages/triggers/package.json: publishConfig.exports must be exports without source",
    ],
  ])("finds %s", (_, planted, violation) => {
    expect(packageViolations(sound(planted))).toEqual([violation]);
  });

  it("takes data among the exports, but no code without its types", () => {
    const facts = sound({});
    const code = facts.manifest.exports ?? {};
    const withEntry = (entry: string): PackageFacts => {
      const exports = { ...code, [entry]: { default: entry } };
      const published = { ...facts.manifest.publishConfig?.exports, [entry]: { default: entry } };
      return { ...facts, manifest: { ...facts.manifest, exports, publishConfig: { exports: published } } };
    };
    expect(packageViolations(withEntry("./data/urls.json"))).toEqual([]);
    expect(packageViolations(withEntry("./extra"))).toEqual([
      'packages/triggers/package.json: exports "./extra" must have source, types, default, in this order',
    ]);
  });

  it("lets comments and strings talk of console and imports", () => {
    const source = `// console.log, import "undici"\nexport const text = 'import "undici"; console.log()';`;
    expect(packageViolations(sound({ source }))).toEqual([]);
  });

  it("holds core to zod alone", () => {
    const facts = { ...sound({}), folder: "core" };
    expect(packageViolations(facts)).toContain(
      "packages/core/package.json: core depends on zod alone, not on yaml, @hybrid-orchestrator/core",
    );
  });

  it("finds a package without a floor", () => {
    expect(packageViolations({ ...sound({}), folder: "helpers" })).toContain(
      "packages/helpers/package.json: stands on no floor of tooling/checks/src/boundaries.ts",
    );
  });

  it("finds a stray file at the top", () => {
    const paths = ["README.md", ".github/x.yml", "vitest.config.ts", "packages/core/package.json"];
    expect(topLevelViolations(paths)).toEqual(["vitest.config.ts: not one of the top level's entries"]);
  });
});

interface Planted {
  source?: string;
  dependencies?: Record<string, string>;
  readme?: string | undefined;
  tsconfig?: string;
  published?: Record<string, string>;
}

function sound(planted: Planted): PackageFacts {
  const published = { types: "./dist/index.d.ts", default: "./dist/index.js" };
  const readme = "readme" in planted ? planted.readme : "# triggers";
  return {
    folder: "triggers",
    manifest: {
      name: "@hybrid-orchestrator/triggers",
      scripts: { build: "tsup" },
      dependencies: { yaml: "^2.0.0", ...planted.dependencies },
      peerDependencies: { "@hybrid-orchestrator/core": "workspace:^" },
      exports: { ".": { source: "./src/index.ts", ...published } },
      publishConfig: { exports: { ".": planted.published ?? published } },
    },
    files: {
      "src/index.ts": `export { y } from "./rule.js";`,
      "src/rule.ts": `import { parse } from "yaml";\nimport "node:fs";\n${planted.source ?? ""}`,
      "tsconfig.json": planted.tsconfig ?? "{}",
      "tsup.config.ts": "export {};",
      ...(readme === undefined ? {} : { "README.md": readme }),
    },
  };
}
