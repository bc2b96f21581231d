import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { describe, expect, it } from "vitest";
import { checkConfig, type LoadOptions, loadConfig, tellProblem } from "../src/index.js";
import { folderWith, packageFiles, pagerCode, reference, workspace } from "./folder.js";

function check(yaml: string, options: LoadOptions = {}) {
  const folder = folderWith({ "hybrid.config.yaml": yaml });
  return checkConfig({ cwd: folder, env: {}, modules: workspace, ...options });
}

async function problemsOf(yaml: string, options?: LoadOptions) {
  return (await check(yaml, options)).problems.map(tellProblem);
}

const memory = `storage: { plugin: "@hybrid-orchestrator/storage-sqlite", options: { path: ":memory:" } }\n`;

describe("the older channels.yaml", () => {
  const older = `
channels:
  console:
    enabled: true
    config: {}
  webhook:
    enabled: true
    config:
      url: \${WEBHOOK_URL}
      auth_header: "Bearer \${WEBHOOK_TOKEN}"
      timeout: \${WEBHOOK_TIMEOUT:-10}
      max_retries: 3
      retry_delay: 1.5
      allowed_domains: ["*.example.com"]
  email:
    enabled: false
    config: { base_url: http://localhost:3001, api_key: "\${EMAIL_KEY:-}" }
email_listener:
  enabled: false
  config: { ws_url: ws://localhost:3001/ws }
routing:
  default_channel: console
  urgency_routing:
    normal: [email, console]
    critical: [webhook, email, console]
  fallback_enabled: true
  fallback_channels: [console]
`;

  it("becomes channels, retries of the hub, and routes", async () => {
    const folder = folderWith({ "channels.yaml": older });
    const { options, server, path } = await loadConfig({
      cwd: folder,
      modules: workspace,
      env: { WEBHOOK_URL: "https://hooks.example.com/a", WEBHOOK_TOKEN: "very-secret-token" },
    });
    expect(path).toBe(join(folder, "channels.yaml"));
    expect(server).toBeNull();
    expect(options.plugins?.map(({ name }) => name)).toEqual(["console", "webhook"]);
    expect(options.delivery).toEqual({
      urgencyRoutes: {
        low: ["console"],
        normal: ["email", "console"],
        high: ["console"],
        critical: ["webhook", "email", "console"],
      },
      fallback: true,
      fallbackChannels: ["console"],
      channels: { webhook: { maxAttempts: 4, retryBaseMs: 1_500 } },
    });
    await using orchestrator = createOrchestrator(options);
    await orchestrator.start();
    expect(orchestrator.channels.list().map(({ name }) => name)).toEqual(["console", "webhook"]);
    const session = await orchestrator.createSession({ recipient: { id: "ada" } });
    expect(JSON.stringify(await orchestrator.preview(session.id, { content: "Hello" }))).toContain("console");
  });

  describe("with the e-mail channel", () => {
    const code = `
export const descriptor = {
  name: "channel-email",
  config: { "~standard": { version: 1, vendor: "acme", validate: (value) => ({ value }) } },
  create: (config) => ({ specVersion: 1, name: "email", setup() {}, config }),
};`;
    const withEmail = (email: string, listener: string) =>
      folderWith({
        ...packageFiles("@hybrid-orchestrator/channel-email", code),
        ...packageFiles("acme-storage", storageCode),
        "channels.yaml": `storage: acme-storage\nchannels:\n  email: { config: { ${email} } }\nemail_listener:\n  config: { ${listener} }\n`,
      });

    it("gives it older keys under their present names, listener and all", async () => {
      const cwd = withEmail(
        `base_url: "http://10.0.0.5:3001/", api_key: "\${KEY}", timeout: "\${TIMEOUT:-30}", max_retries: 0`,
        `ws_url: ws://10.0.0.5:3001/ws, api_key: "\${KEY}", reconnect_delay: 2.5, max_reconnect_attempts: 10`,
      );
      const { options } = await loadConfig({ cwd, env: { KEY: "k-123456" } });
      expect(options.plugins?.[0]).toHaveProperty("config", {
        way: "orchestrator",
        baseUrl: "http://10.0.0.5:3001/",
        trustedOrigins: ["http://10.0.0.5:3001"],
        apiKey: "k-123456",
        timeoutSeconds: 30,
        reconnectDelayMs: 2_500,
      });
      expect(options.delivery?.channels).toEqual({ email: { maxAttempts: 1 } });
    });

    it("refuses what it can no longer do, and shows no key", async () => {
      const cwd = withEmail(
        `base_url: "http://localhost:3001", api_key: first-key, default_from: a@example.com`,
        `ws_url: ws://elsewhere/ws, api_key: second-key, reconect_delay: 1`,
      );
      const problems = (await checkConfig({ cwd, env: {} })).problems.map(tellProblem);
      expect(problems).toEqual([
        expect.stringMatching(/^channels\.email\.config\.default_from .* its own settings$/),
        expect.stringMatching(/^email_listener\.config\.ws_url .* must be base_url/),
        expect.stringMatching(/^email_listener\.config\.api_key .* must be the same/),
        expect.stringMatching(/^email_listener\.config\.reconect_delay .* did you mean reconnect_delay\?$/),
      ]);
      expect(problems.join()).not.toMatch(/first-key|second-key/);
    });

    it("leaves its present keys alone", async () => {
      const cwd = withEmail(`way: smtp, from: a@example.com`, "");
      expect((await checkConfig({ cwd, env: {} })).problems.map(tellProblem)).toEqual([
        expect.stringMatching(/^email_listener\.config .* goes with an e-mail agent alone$/),
      ]);
    });
  });

  it("tells of a listener without a channel", async () => {
    expect(await problemsOf(`${memory}email_listener: { config: {} }`)).toEqual([
      "email_listener (line 2, column 1): needs channels.email to be enabled",
    ]);
  });
});

const storageCode = `
export const descriptor = {
  kind: "storage",
  name: "acme-storage",
  config: { "~standard": { version: 1, vendor: "acme", validate: (value) => ({ value }) } },
  create: (config) => ({ name: "acme", commit() {}, config }),
};`;

describe("every mistake at once", () => {
  it("with its path, its place and the nearest name", async () => {
    const yaml = `
storage: { plugin: "@hybrid-orchestrator/storage-sqlit" }
plugins:
  - "@hybrid-orchestrator/agent-mok"
  - { plugin: "@hybrid-orchestrator/channel-console", option: {} }
channels:
  console: { config: { colour: true, historyLimit: lots } }
  slak: {}
  webhook: { config: { url: "https://example.com", timeoutt: 1, max_retries: many } }
routing:
  default_channel: consol
  urgency_routing: { hihg: [console] }
  fallback_enabeld: true
triggers:
  - name: idle
    condition: { type: no_activty, seconds: 5 }
    action: { type: send }
delivery: { onAmbiguous: dead_leter, channels: { console: { priorty: 3 } } }
orchestrator: { maxTries: 0, sessionTtl: 3 }
server: { port: 99999, maxBody: 3 }
plugns: []
`;
    expect(await problemsOf(yaml)).toMatchInlineSnapshot(`
      [
        "storage.plugin (line 2, column 12): @hybrid-orchestrator/storage-sqlit is not installed; did you mean @hybrid-orchestrator/storage-sqlite?",
        "plugins[0] (line 4, column 5): @hybrid-orchestrator/agent-mok is not installed; did you mean @hybrid-orchestrator/agent-mock?",
        "plugins[1].option (line 5, column 55): is not known here; did you mean options?",
        "channels.console.config.colour (line 7, column 24): is not known here; did you mean color?",
        "channels.console.config.historyLimit (line 7, column 38): expected number, received string",
        "channels.slak (line 8, column 3): needs its package under plugin, since no channel is called so; did you mean slack?",
        "channels.webhook.config.timeoutt (line 9, column 52): is not known here; did you mean timeout?",
        "channels.webhook.config.max_retries (line 9, column 65): must be a whole number from 0 to 99",
        "routing.default_channel (line 11, column 3): names a channel that there is not; did you mean console?",
        "routing.urgency_routing.hihg (line 12, column 22): is not known here; did you mean high?",
        "routing.fallback_enabeld (line 13, column 3): is not known here; did you mean fallback_enabled?",
        "triggers[0].condition.type (line 16, column 18): "no_activty" is no known type; did you mean no_activity?",
        "delivery.onAmbiguous (line 18, column 13): Invalid option: expected one of "dead_letter"|"fallback", or expected object, received string",
        "delivery.channels.console.priorty (line 18, column 61): is not known here; did you mean priority?",
        "orchestrator.maxTries (line 19, column 17): expected number to be >=1",
        "orchestrator.sessionTtl (line 19, column 30): is not known here; known: actionTimeoutMs, agentTimeoutMs, agents, conditionTimeoutMs, defaultAgent, escalation, maxCacheBytes, maxFiresPerSession, maxTries, node, resumeLinkTtlSeconds, resumeUrl, retentionSeconds, sessionTtlSeconds, stopTimeoutMs",
        "server.port (line 20, column 11): expected number to be <=65535",
        "server.maxBody (line 20, column 24): is not known here; known: closeTimeoutMs, headersTimeoutMs, hookTimeoutMs, host, keepAliveTimeoutMs, maxConcurrentHooks, maxConnections, maxHookBodyBytes, port, publicUrl, requestTimeoutMs, trustProxy",
        "plugns (line 21, column 1): is not known here; did you mean plugins?",
      ]
    `);
  });

  it("is what loadConfig throws", async () => {
    const folder = folderWith({ "hybrid.config.yaml": `${memory}foo: 1\nserver: { prot: 1 }\n` });
    await expect(loadConfig({ cwd: folder, env: {}, modules: workspace })).rejects.toMatchObject({
      code: "invalid_configuration",
      message: expect.stringMatching(/has 2 mistakes\.\n- foo .*\n- server\.prot .*did you mean port\?$/s),
      issues: [{ path: ["foo"] }, { path: ["server", "prot"] }],
    });
  });

  it("also what only the factory of a plugin can tell", async () => {
    expect(
      await problemsOf(
        `${memory}channels: { webhook: { config: { format: standard, url: https://example.com } } }`,
      ),
    ).toEqual([
      expect.stringContaining(
        "channels.webhook (line 2, column 13): The webhook channel's configuration is not valid. secrets is missing.",
      ),
    ]);
  });

  it("two plugins of one name", async () => {
    const yaml = `${memory}channels:\n  console: {}\nplugins: ["@hybrid-orchestrator/channel-console"]\n`;
    expect(await problemsOf(yaml)).toEqual([
      "plugins[0] (line 4, column 11): is a second plugin named console; give it a name of its own",
    ]);
  });

  it("broken YAML, without a word of what it holds", async () => {
    const [first, ...more] = await problemsOf(`a: "unfinished\nsecret: [hunter22\n`);
    expect(first).toMatch(/line \d+, column \d+/);
    expect([first, ...more].join()).not.toContain("hunter22");
  });

  it("no file at all, or one that is not there", async () => {
    const folder = folderWith({});
    const none = await checkConfig({ cwd: folder, env: {}, modules: workspace, path: "nowhere.yaml" });
    expect(none.problems).toMatchObject([{ code: "unreadable_file" }]);
    expect((await checkConfig({ cwd: folder, env: {} })).problems).toMatchObject([{ code: "no_file" }]);
  });
});

describe("variables", () => {
  it("are texts, and numbers and booleans where those are wanted", async () => {
    const { config, problems } = await check(
      `${memory}server: { port: "\${PORT}", trustProxy: "\${PROXY:-true}" }\nchannels: { console: { config: { name: "\${NAME}", historyLimit: "\${LIMIT}" } } }`,
      { env: { PORT: "8080", NAME: "12345", LIMIT: "7" } },
    );
    expect(problems).toEqual([]);
    expect(config?.server).toEqual({ options: { trustProxy: true }, listen: { port: 8080 } });
    expect(config?.options.plugins?.[0]?.name).toBe("12345");
  });

  it("take their default when empty, and may be escaped", async () => {
    const yaml = `${memory}triggers:\n  - name: "\${A:-a}\${B}$\${C}"\n    condition: { type: no_activity, seconds: "\${D}" }\n    action: { type: send }`;
    const { config, problems } = await check(yaml, { env: { A: "", B: "", D: "9" } });
    expect(problems).toEqual([]);
    expect(config?.options.triggers?.[0]).toMatchObject({
      name: `a${reference("C")}`,
      condition: { seconds: 9 },
    });
  });

  it("that are missing are told by their name", async () => {
    const yaml = `${memory}channels: { webhook: { config: { url: "\${HOOK_ULR}", auth_header: "\${TOKEN} \${1}" } } }`;
    const problems = await problemsOf(yaml, { env: { HOOK_URL: "https://example.com", PATH: "/bin" } });
    expect(problems).toEqual([
      "channels.webhook.config.url (line 2, column 34): needs the environment variable HOOK_ULR, which is not set; did you mean HOOK_URL?",
      "channels.webhook.config.auth_header (line 2, column 54): needs the environment variable TOKEN, which is not set",
      expect.stringMatching(/auth_header .*: has a reference that is neither/),
    ]);
  });
});

describe("plugins", () => {
  it("are loaded from beside the file, and only if named", async () => {
    const folder = folderWith({
      ...packageFiles("@acme/pager", pagerCode),
      ...packageFiles("@acme/unnamed", "throw new Error('it was loaded')"),
      ...packageFiles("acme-storage", storageCode),
      "hybrid.config.json": JSON.stringify({
        storage: { plugin: "acme-storage", options: { at: 1 } },
        plugins: [{ plugin: "@acme/pager", options: { pin: "4711", retries: reference("RETRIES") } }],
        channels: { unnamed: { enabled: false, plugin: "@acme/unnamed" } },
      }),
    });
    const { options } = await loadConfig({ cwd: folder, env: { RETRIES: "2" } });
    expect(options.storage).toMatchObject({ name: "acme", config: { at: 1 } });
    expect(options.plugins).toMatchObject([{ name: "pager", config: { pin: "4711", retries: 2 } }]);
  });

  it("of another schema library are checked by it", async () => {
    const folder = folderWith({
      ...packageFiles("@acme/pager", pagerCode),
      ...packageFiles("acme-storage", storageCode),
      "hybrid.config.yaml": `storage: acme-storage\nplugins: [{ plugin: '@acme/pager', options: { retries: '${reference("R")}' } }]`,
    });
    const { problems } = await checkConfig({ cwd: folder, env: { R: "a-secret-value" } });
    expect(problems.map(tellProblem)).toEqual([
      "plugins[0].options.pin (line 2, column 36): pin must be text",
      'plugins[0].options.retries (line 2, column 47): expected a number, got "…"',
    ]);
  });

  it("can be files beside the configuration, in TypeScript too", async () => {
    const folder = folderWith({
      ...packageFiles("acme-storage", storageCode),
      "pager.ts": `const name: string = "pager";\n${pagerCode}`,
      "hybrid.config.yaml": "storage: acme-storage\nplugins: [{ plugin: ./pager.ts, options: { pin: '1' } }]",
    });
    expect((await loadConfig({ cwd: folder, env: {} })).options.plugins).toMatchObject([{ name: "pager" }]);
  });

  it("that are none are told", async () => {
    const folder = folderWith({
      ...packageFiles("acme-storage", storageCode),
      ...packageFiles("empty", "export const x = 1;"),
      ...packageFiles("broken", "throw new Error('no licence');"),
      ...packageFiles("makes-none", storageCode.replace('kind: "storage",', "")),
      ...packageFiles(
        "throws",
        storageCode.replace('kind: "storage",', "").replace("({ value })", "value.a.b"),
      ),
      "hybrid.config.yaml":
        "storage: empty\nplugins: [acme-storage, broken, ./nowhere.js, not-there, makes-none, throws]",
    });
    const { problems } = await checkConfig({ cwd: folder, env: {} });
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "invalid_plugin: empty exports no descriptor of a plugin",
      "invalid_plugin: acme-storage is a storage",
      "invalid_plugin: broken cannot be loaded: no licence",
      "unknown_plugin: ./nowhere.js is not installed",
      "unknown_plugin: not-there is not installed; run npm install not-there",
      "invalid_plugin: makes-none makes no plugin",
      "invalid_plugin: throws fails: Cannot read properties of undefined (reading 'b')",
    ]);
  });
});

describe("hybrid.config.ts", () => {
  it("holds plugins, storages and functions themselves", async () => {
    const folder = folderWith({
      "parts.ts": `export const storage = { name: "own", commit() {} };`,
      "hybrid.config.ts": `
import { storage } from "./parts.js";
interface Pager { specVersion: 1; name: string; setup(): void }
const pager: Pager = { specVersion: 1, name: "pager", setup() {} };
export default {
  storage, plugins: [pager],
  triggers: [{ name: "odd", condition: { type: "custom", evaluate: () => true }, action: { type: "send" } }],
};`,
    });
    const { config, printable } = await checkConfig({ cwd: folder, env: {} });
    expect(config?.options).toMatchObject({
      storage: { name: "own" },
      plugins: [{ name: "pager" }],
      triggers: [{ name: "odd", condition: { evaluate: expect.any(Function) } }],
    });
    expect(JSON.parse(JSON.stringify(printable))).toMatchObject({
      triggers: [{ condition: { evaluate: "[function]" } }],
    });
  });

  it("that fails or exports nothing is told", async () => {
    const throwing = folderWith({ "hybrid.config.ts": `throw new Error("no database" as string);` });
    expect((await checkConfig({ cwd: throwing, env: {} })).problems.map(tellProblem)[0]).toMatch(
      /no database/,
    );
    for (const code of ["export const x = 1;", "export default null;"]) {
      const empty = folderWith({ "hybrid.config.mjs": code });
      const { problems } = await checkConfig({ cwd: empty, env: {} });
      expect(problems.map(tellProblem)[0]).toMatch(/export default/);
    }
  });
});

describe("triggers", () => {
  const rule = (name: string) =>
    `- name: ${name}\n  condition: { type: no_activity, seconds: "\${S:-5}" }\n  action: { type: send }\n`;

  it("come from files beside the configuration, or stand in it", async () => {
    const listed = rule("a").replaceAll(/^/gm, "  ").trimEnd();
    const inline = (key: string) =>
      `${memory}triggers:\n  - rules/a.yaml\n  - { name: b, condition: { type: no_activity, ${key}: 3 }, action: { type: send } }`;
    const folder = folderWith({
      "rules/a.yaml": `defaults: { maxFiresPerSession: 3 }\ntriggers:\n${listed}\n`,
      "hybrid.config.yaml": inline("seconds"),
      "wrong.yaml": inline("secnds"),
    });
    const { options } = await loadConfig({ cwd: folder, env: {}, modules: workspace });
    expect(options.triggers?.map(({ name }) => name).sort()).toEqual(["a", "b"]);
    expect(options.maxFiresPerSession).toBe(3);
    const { problems } = await checkConfig({ cwd: folder, path: "wrong.yaml", env: {}, modules: workspace });
    expect(problems.map(tellProblem)).toContain(
      "triggers[1].condition.secnds (line 4, column 48): is not known here; did you mean seconds?",
    );
  });

  it("whose file is wrong are told with the file's own place", async () => {
    const folder = folderWith({
      "rules.yaml": `${rule("a")}${rule("a")}`,
      "hybrid.config.yaml": `${memory}triggers: rules.yaml`,
    });
    const { problems } = await checkConfig({ cwd: folder, env: {}, modules: workspace });
    expect(problems.map(tellProblem)).toEqual([
      expect.stringMatching(/^\[1\]\.name \(rules\.yaml, line 4, column 3\): a is the name of trigger 0/),
    ]);
    const missing = await problemsOf(`${memory}triggers: nowhere.yaml`);
    expect(missing).toEqual(["triggers (line 2, column 1): the file nowhere.yaml cannot be read (ENOENT)"]);
  });
});
