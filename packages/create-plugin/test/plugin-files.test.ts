import { describe, expect, it } from "vitest";
import { packageNameOf, parseAnswers, pluginFiles } from "../src/index.js";

describe("the answers", () => {
  it.each([
    [{ name: "Pager", kind: "channel" }, "lower case"],
    [{ name: "3com", kind: "channel" }, "lower case"],
    [{ name: "../up", kind: "channel" }, "lower case"],
    [{ name: "pager", kind: "chanel" }, "did you mean channel?"],
    [{ name: "pager", kind: "channel", scope: "@a/b" }, "npm does not take"],
  ])("refuses %j", (given, message) => {
    expect(() => parseAnswers(given)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(message) }),
    );
  });

  it("name the package", () => {
    expect(packageNameOf(parseAnswers({ name: "pager", kind: "channel", scope: "acme" }))).toBe(
      "@acme/hybrid-channel-pager",
    );
  });
});

it("writes the plugin's name in each spelling, and the versions it was given", () => {
  const text = `{ "a": "@sample-scope/sample-package sample-package sample-name sampleName SampleName SAMPLE_NAME", "zod": "catalog:" }`;
  const answers = parseAnswers({ name: "night-pager", kind: "channel", scope: "@acme" });
  const files = pluginFiles(
    [
      { path: "manifest.json", text },
      { path: "gitignore", text: "dist\n" },
      { path: "test/sample-name-server.ts", text: "" },
    ],
    answers,
    { zod: "^4.0.0" },
  );
  expect(files.map(({ path }) => path)).toEqual(["package.json", ".gitignore", "test/night-pager-server.ts"]);
  expect(files[0]?.text).toBe(
    `{ "a": "@acme/hybrid-channel-night-pager hybrid-channel-night-pager night-pager nightPager NightPager NIGHT_PAGER", "zod": "^4.0.0" }`,
  );
});

it("fails for a package whose version is not known", () => {
  const answers = parseAnswers({ name: "pager", kind: "agent" });
  const template = [{ path: "manifest.json", text: `{ "zod": "catalog:" }` }];
  expect(() => pluginFiles(template, answers, {})).toThrow(expect.objectContaining({ code: "internal" }));
});
