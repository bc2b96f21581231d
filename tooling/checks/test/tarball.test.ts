import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { pack, tarballFindings } from "../src/tarball.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const manifest = {
  name: "planted",
  version: "1.0.0",
  license: "Apache-2.0",
  type: "module",
  files: ["dist"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
};
const files = {
  "dist/index.js": "export const answer = 42;\n",
  "dist/index.d.ts": "export declare const answer: number;\n",
};

describe("the tarball check", () => {
  it("passes a sound ESM package", async () => {
    expect(await findingsOf(manifest, files)).toEqual([]);
  });

  it("finds an export that the tarball lacks", async () => {
    const findings = await findingsOf(manifest, { "dist/index.d.ts": files["dist/index.d.ts"] });
    expect(findings.join()).toMatch(/publint error: .*index\.js.* does not exist/);
  });

  it("finds types that name a file which the tarball lacks", async () => {
    const findings = await findingsOf(manifest, {
      ...files,
      "dist/index.d.ts": `export { answer } from "./answer.js";\n`,
    });
    expect(findings.join()).toMatch(/arethetypeswrong InternalResolutionError/);
  });

  it("finds a package without types", async () => {
    const findings = await findingsOf(
      { ...manifest, exports: { ".": "./dist/index.js" } },
      { "dist/index.js": files["dist/index.js"] },
    );
    expect(findings).toEqual(["arethetypeswrong: the package has no types"]);
  });
});

function findingsOf(packageJson: object, content: Record<string, string>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  folders.push(folder);
  for (const [path, text] of Object.entries({ "package.json": JSON.stringify(packageJson), ...content })) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return tarballFindings(pack(folder));
}
