import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { readPackages, root } from "../src/workspace.js";

// Everything else runs against src. These look at what `pnpm build` left in dist.
describe.each(readPackages().map((facts) => [facts.folder, facts] as const))("built %s", (folder, facts) => {
  const home = join(root, "packages", folder);
  const published = Object.entries(facts.manifest.publishConfig?.exports ?? {});

  it("has every file that its exports name", () => {
    expect(published).not.toEqual([]);
    const missing = published.flatMap(([, targets]) =>
      Object.values(targets).filter((path) => !existsSync(join(home, path))),
    );
    expect(missing, "run `pnpm build` first").toEqual([]);
  });

  const code = published.filter(([entry]) => !entry.endsWith(".json"));

  it.each(code)("exports from %s in plain Node what its source exports", async (entry, targets) => {
    const name = join(facts.manifest.name, entry).replaceAll("\\", "/");
    const script = `
      const target = import.meta.resolve(${JSON.stringify(name)});
      const names = Object.keys(await import(target));
      process.stdout.write(JSON.stringify({ target, names }));`;
    // A package may import itself by name, through its own exports; the child has no "source" condition.
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: home,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    const built = JSON.parse(output) as { target: string; names: string[] };
    expect(built.target).toBe(pathToFileURL(join(home, targets.default ?? "")).href);

    const source = facts.manifest.exports?.[entry]?.source ?? "";
    const names = Object.keys((await import(join(home, source))) as object);
    expect(built.names.sort(), "dist is older than src: run `pnpm build`").toEqual(names.sort());
  });
});
