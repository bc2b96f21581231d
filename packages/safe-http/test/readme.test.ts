import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as safeHttp from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/safe-http": safeHttp,
  });
  expect(printed).toEqual([
    "not_sent url_refused 169.254.169.254 is not one of the allowed domains.",
    "not_sent url_refused example.com.evil.example is not one of the allowed domains.",
    "embedded",
    '{"allowed":false,"reason":"address","message":"The address 127.0.0.1 is not public (loopback)."}',
    "true",
  ]);
});

it("documents every option", () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const options = [safeHttp.urlPolicySchema, safeHttp.connectionConfigSchema].flatMap((schema) =>
    Object.keys(schema.shape),
  );
  expect(options.filter((name) => !page.includes(`| \`${name}\` `))).toEqual([]);
});
