import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfig, tellProblem } from "../src/index.js";
import { createMask } from "../src/mask.js";
import { isSecretName } from "../src/redact.js";
import { folderWith, packageFiles, pagerCode, workspace } from "./folder.js";

describe("what is printed", () => {
  it("shows references and hides secrets by name, in URLs, and where a schema says so", async () => {
    const folder = folderWith({
      ...packageFiles(
        "acme-vault",
        `import { z } from "./zod.js"; export const descriptor = { name: "vault", config: z, create: () => ({ specVersion: 1, name: "vault", setup() {} }) };`,
      ),
      // A schema that tells itself as JSON Schema, as any library of the standard can.
      "node_modules/acme-vault/zod.js": `export const z = { "~standard": { version: 1, vendor: "acme", validate: (value) => ({ value }),
        jsonSchema: { input: () => ({ type: "object", properties: { combination: { type: "string", writeOnly: true }, place: { type: "string" } } }) } } };`,
      "hybrid.config.yaml": `
storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: ":memory:" } }
plugins: [{ plugin: acme-vault, options: { combination: "31-12-07", place: cellar } }]
channels:
  webhook:
    config:
      url: "https://user:hunter22@example.com/hook?token=abcdef&a=1"
      auth_header: "Bearer \${TOKEN:-fallback-token}"
      headers: { X-Team: blue }
      timeout: \${TIMEOUT:-10}
  pager: { enabled: false, plugin: "@acme/pager", config: { apiKey: "\${KEY}", nested: { secret: [a1, 5] } } }
`,
    });
    const own = {
      load: async (name: string) =>
        name === "acme-vault"
          ? ((await import(`${folder}/node_modules/acme-vault/index.js`)) as Record<string, unknown>)
          : workspace.load(name),
    };
    const { printable, problems } = await checkConfig({ cwd: folder, env: {}, modules: own });
    expect(printable).toEqual({
      storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: ":memory:" } },
      plugins: [{ plugin: "acme-vault", options: { combination: "[redacted]", place: "cellar" } }],
      channels: {
        webhook: {
          config: {
            url: "https://[redacted]@example.com/hook?token=[redacted]&a=1",
            auth_header: "[redacted]",
            headers: { "X-Team": "[redacted]" },
            timeout: `\${TIMEOUT:-10}`,
          },
        },
        pager: {
          enabled: false,
          plugin: "@acme/pager",
          config: { apiKey: `\${KEY}`, nested: { secret: ["[redacted]", "[redacted]"] } },
        },
      },
    });
    const told = problems.map(tellProblem).join("\n");
    expect(told).toContain("channels.webhook");
    expect(told).not.toMatch(/hunter22|fallback-token/);
  });

  it("knows secrets by their names, and numbers of tokens from tokens", () => {
    for (const name of [
      "apiKey",
      "api_key",
      "token",
      "auth_header",
      "connectionString",
      "Authorization",
      "clientSecret",
      "password",
    ])
      expect([name, isSecretName(name)]).toEqual([name, true]);
    for (const name of [
      "maxTokens",
      "resumeLinkTtlSeconds",
      "tokenTtlSeconds",
      "url",
      "author",
      "monkey",
      "passenger",
    ])
      expect([name, isSecretName(name)]).toEqual([name, false]);
  });
});

describe("messages", () => {
  it("hold nothing that came out of the environment, however it was quoted", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 60 }),
        fc.constantFrom<(secret: string) => string>(
          (secret) => `the value ${secret} is wrong`,
          (secret) => `the value ${JSON.stringify(secret)} is wrong`,
          (secret) => `the value "${secret.slice(0, 37)}..." is wrong`,
        ),
        (secret, tell) => {
          const message = createMask([secret])(tell(secret));
          return message.startsWith("the value ") && !message.includes(secret) && message.includes("…");
        },
      ),
    );
  });

  it("of third parties are no exception", async () => {
    const folder = folderWith({
      ...packageFiles("@acme/pager", pagerCode),
      "hybrid.config.yaml": `
storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: ":memory:", durability: "\${DATABASE}" } }
plugins:
  - { plugin: "@acme/pager", options: { pin: "1", retries: "\${RETRIES}" } }
channels: { webhook: { config: { url: "\${HOOK}" } } }
triggers: [{ name: a, condition: { type: "\${TYPE}" }, action: { type: send } }]
`,
    });
    const env = {
      DATABASE: "mysql://root:hunter22@db/x",
      RETRIES: "eleventy-secret-times",
      HOOK: "http://admin:hunter33@10.0.0.7/secret-path?sig=abc",
      TYPE: "a-secret-that-is-longer-than-forty-characters-for-sure",
    };
    const { problems } = await checkConfig({ cwd: folder, env, modules: workspace });
    const both = await checkConfig({ cwd: folder, env });
    const told = [...problems, ...both.problems].map(tellProblem).join("\n");
    expect(told).toContain("expected a number");
    expect(told).toContain("triggers[0].condition.type");
    expect(told).not.toMatch(/hunter|eleventy|10\.0\.0\.7|secret-path|a-secret|forty/);
  });
});
