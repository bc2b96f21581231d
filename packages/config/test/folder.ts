import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { Modules } from "../src/index.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files; gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "hybrid-config-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A package in `node_modules`, in plain JavaScript. */
export function packageFiles(name: string, code: string): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      type: "module",
      exports: { ".": { import: "./index.js" } },
    }),
    [`node_modules/${name}/index.js`]: code,
  };
}

/** A channel plugin whose options are checked by hand, as another schema library would: no zod far and wide. */
export const pagerCode = `
export const descriptor = {
  name: "pager",
  config: {
    "~standard": {
      version: 1,
      vendor: "acme",
      validate(value) {
        const issues = [];
        if (typeof value.pin !== "string") issues.push({ message: "pin must be text", path: [{ key: "pin" }] });
        if (value.retries !== undefined && typeof value.retries !== "number")
          issues.push({ message: "expected a number, got " + JSON.stringify(value.retries), path: ["retries"] });
        return issues.length > 0 ? { issues } : { value };
      },
    },
  },
  create(config) {
    globalThis.pagerConfigs = [...(globalThis.pagerConfigs ?? []), config];
    return { specVersion: 1, name: "pager", setup() {}, config };
  },
};
`;

const packages: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  "@hybrid-orchestrator/agent-mock": () => import("@hybrid-orchestrator/agent-mock"),
  "@hybrid-orchestrator/channel-console": () => import("@hybrid-orchestrator/channel-console"),
  "@hybrid-orchestrator/channel-webhook": () => import("@hybrid-orchestrator/channel-webhook"),
  "@hybrid-orchestrator/storage-sqlite": () => import("@hybrid-orchestrator/storage-sqlite"),
};

/** The workspace's own packages, from their source. */
export const workspace: Modules = { load: async (name) => (await packages[name]?.()) ?? null };

/** A reference to a variable, as it stands in a file. */
export const reference = (inner: string) => `\${${inner}}`;
