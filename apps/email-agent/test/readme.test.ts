import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { settingList } from "../src/settings.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("names every setting with its default and meaning, and no other", () => {
  const cells = readme.split("\n").flatMap((line) => {
    const [, variable, value, meaning] = line.split("|").map((cell) => cell.trim());
    return variable !== undefined && /^`[A-Z_]+`$/.test(variable) ? [[variable, value, meaning]] : [];
  });
  expect(cells).toEqual(
    settingList.map(({ variable, defaultValue, description }) => [
      `\`${variable}\``,
      defaultValue === undefined ? "" : `\`${defaultValue}\``,
      description,
    ]),
  );
});
