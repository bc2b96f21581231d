import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readSettings } from "../src/config.js";
import { descriptor, githubChannel } from "../src/index.js";
import { token } from "./github-server.js";

beforeEach(() => {
  vi.stubEnv("GITHUB_TOKEN", undefined);
  vi.stubEnv("GITHUB_WEBHOOK_SECRET", undefined);
});
afterEach(() => vi.unstubAllEnvs());

it.each([
  {},
  { token: "" },
  { token: "two words" },
  { token: `${token}\n` },
  { token, repository: "no-slash" },
  { token, repository: "acme/.." },
  { token, repository: "acme/desk/issues" },
  { token, webhookSecret: "" },
  { token, webhookSecret: "from a file\n" },
  { token, webhookSecret: [] },
  { token, labels: { urgent: ["x"] } },
  { token, humanCommands: ["two words"] },
  { token, acceptFrom: ["EVERYBODY"] },
  { token, baseUrl: "http://github.example.com" },
  { token, baseUrl: "https://user@github.example.com" },
  { token, baseUrl: "ftp://127.0.0.1" },
  { token, timeoutMs: 0 },
  { token, repo: "acme/desk" },
])("refuses %j, and names no secret", (bad) => {
  let thrown: unknown;
  try {
    githubChannel(bad as never);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: "invalid_configuration" });
  expect(String(thrown)).not.toContain(token);
  expect(String(thrown)).not.toContain("from a file");
});

it("takes secrets from the environment where they are not given", () => {
  const environment = { GITHUB_TOKEN: "from-environment", GITHUB_WEBHOOK_SECRET: "hook" };
  expect(readSettings({}, environment)).toMatchObject({ token: "from-environment", webhookSecret: "hook" });
  expect(readSettings({ token, webhookSecret: undefined }, environment)).toMatchObject({
    token,
    webhookSecret: "hook",
  });
  expect(readSettings({ token }, { GITHUB_TOKEN: "" })).not.toHaveProperty("webhookSecret");
});

it("names the plugin, so that there can be two, and is named by a configuration file", () => {
  expect(githubChannel({ token, name: "github-2" }).name).toBe("github-2");
  expect(descriptor.create(descriptor.config.parse({ token, name: "from-file" })).name).toBe("from-file");
});
