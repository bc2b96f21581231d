import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPackages, root } from "../src/workspace.js";

const folder = join(root, ".changeset");

it.each(readdirSync(folder).filter((name) => name.endsWith(".md")))(
  "changeset %s names packages that exist, and says something",
  (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const [, head = "", body = ""] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
    const lines = head.split("\n").map((line) => /^"(.+)": (major|minor|patch)$/.exec(line)?.[1]);
    const known = readPackages().map(({ manifest }) => manifest.name);
    expect(lines.filter((line) => line === undefined || !known.includes(line))).toEqual([]);
    expect(body.trim()).not.toBe("");
  },
);
