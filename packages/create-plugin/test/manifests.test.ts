import { describe, expect, it } from "vitest";
import { readTemplate } from "../src/disk.js";
import { kinds } from "../src/index.js";

// In here a template finds whatever this package has; a plugin has what its manifest asks for.
describe.each(kinds)("the manifest of a %s", (kind) => {
  const files = readTemplate(kind);
  const manifest = JSON.parse(files.find(({ path }) => path === "manifest.json")?.text ?? "") as Record<
    "dependencies" | "peerDependencies" | "devDependencies",
    Record<string, string>
  >;
  const shipped = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

  it("ships what the source imports, and nothing else", () => {
    expect(importedBy((path) => path.startsWith("src/"))).toEqual(shipped.sort());
  });

  it("asks for what the tests and the tools import", () => {
    const known = [...shipped, ...Object.keys(manifest.devDependencies)];
    expect(importedBy(() => true).filter((name) => !known.includes(name))).toEqual([]);
  });

  it("leaves core to the app, and says what kind it is", () => {
    expect(manifest).toMatchObject({
      keywords: ["hybrid-orchestrator-plugin", `hybrid-orchestrator-${kind}`],
      peerDependencies: { "@hybrid-orchestrator/core": ">=0.1.0 <1.0.0" },
    });
    expect(manifest.dependencies).not.toHaveProperty("@hybrid-orchestrator/core");
  });

  function importedBy(isMeant: (path: string) => boolean): string[] {
    const texts = files.filter(({ path }) => path.endsWith(".ts") && isMeant(path)).map(({ text }) => text);
    const targets = texts.flatMap((text) =>
      [...text.matchAll(/ from "([^"]+)";$/gm)].map(([, to = ""]) => to),
    );
    const packages = targets
      .filter((target) => !target.startsWith(".") && !target.startsWith("node:"))
      .map((target) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target);
    return [...new Set(packages)].sort();
  }
});
