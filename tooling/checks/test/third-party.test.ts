import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Manifest } from "../src/boundaries.js";
import { type LocalRegistry, localRegistry } from "../src/local-registry.js";
import { type ThirdParty, thirdParty } from "../src/third-party.js";
import { readPackages } from "../src/workspace.js";

/** Somebody else, with npm and what we publish, outside of this repository. Long, because npm really installs. */
const timeoutMs = 240_000;
const plugin = "@acme/hybrid-channel-pager";
const scope = "@hybrid-orchestrator/";

let registry: LocalRegistry;
let party: ThirdParty;
beforeAll(async () => {
  registry = await localRegistry();
  party = thirdParty(registry.url);
}, timeoutMs);
afterAll(async () => {
  await party?.leave();
  await registry?.close();
}, timeoutMs);

it(
  "scaffolds a plugin that builds and passes its suite, and an app that sends through it",
  async () => {
    const home = join(party.folder, "pager");
    const told = await party.npm(
      party.folder,
      ...["create", `${scope}plugin`, "--yes", "--", "pager", "--kind", "channel"],
      ...["--scope", "@acme", "--directory", "pager", "--json"],
    );
    // npm writes what it runs before what that writes.
    expect(JSON.parse(told.trim().split("\n").at(-1) ?? "")).toMatchObject({ package: plugin, folder: home });
    await party.npm(home, "install");
    await party.npm(home, "run", "typecheck");
    await party.npm(home, "run", "build");
    expect(await party.npm(home, "test")).toMatch(/Tests +\d+ passed/);
    const [packed] = JSON.parse(await party.npm(home, "pack", "--json")) as { filename: string }[];

    const app = join(party.folder, "app");
    mkdirSync(app);
    const asked = ["orchestrator", "storage-sqlite"];
    const dependencies = {
      ...Object.fromEntries(asked.map((name) => [scope + name, "latest"])),
      [plugin]: `file:${join(home, packed?.filename ?? "")}`,
    };
    writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
    writeFileSync(join(app, "app.js"), appCode);
    await party.npm(app, "install");

    const expected = [
      "channel-hub",
      "core",
      "escalation",
      "orchestrator",
      "safe-http",
      "screen-state",
      "signatures",
      "storage-sqlite",
      "triggers",
    ];
    expect(installed(app)).toEqual(expected.map((name) => `node_modules/${scope}${name}`));
    const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Manifest;
    expect(neededBy([...asked.map((name) => scope + name), ...needs(manifest)])).toEqual(
      expected.map((name) => scope + name),
    );

    expect(JSON.parse(await party.node(app, "app.js"))).toEqual({
      status: "sent",
      requests: [{ path: "/messages", body: { to: "unit-7", text: "Please look, Ada." } }],
    });
  },
  timeoutMs,
);

it(
  "installs every package from its tarball, each with all that it imports",
  async () => {
    const folder = join(party.folder, "everything");
    mkdirSync(folder);
    const packages = readPackages();
    const dependencies = Object.fromEntries(packages.map(({ manifest }) => [manifest.name, "latest"]));
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ private: true, type: "module", dependencies }),
    );
    await party.npm(folder, "install");
    expect(installed(folder)).toEqual(packages.map(({ manifest }) => `node_modules/${manifest.name}`).sort());
    const entries = packages.flatMap(({ manifest }) =>
      Object.keys(manifest.publishConfig?.exports ?? {})
        .filter((entry) => !entry.endsWith(".json"))
        .map((entry) => manifest.name + entry.slice(1)),
    );
    writeFileSync(
      join(folder, "import.js"),
      entries.map((entry) => `await import(${JSON.stringify(entry)});\n`).join(""),
    );
    await party.node(folder, "import.js");
  },
  timeoutMs,
);

const appCode = `
import { createServer } from "node:http";
import { createOrchestrator } from "${scope}orchestrator";
import { sqliteStorage } from "${scope}storage-sqlite";
import { pagerChannel } from "${plugin}";

const requests = [];
const service = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    requests.push({ path: request.url, body: JSON.parse(body) });
    response.writeHead(201, { "content-type": "application/json" }).end('{"id":"message_1"}');
  });
});
await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
const baseUrl = "http://127.0.0.1:" + service.address().port;

const orchestrator = createOrchestrator({
  storage: sqliteStorage({ path: "sessions.db" }),
  plugins: [pagerChannel({ baseUrl, apiKey: "key", trustedOrigins: [baseUrl] })],
});
const sent = new Promise((resolve) => orchestrator.on("delivery.sent", resolve));
await orchestrator.start();
const recipient = { id: "ada", name: "Ada", addresses: { pager: "unit-7" } };
const session = await orchestrator.createSession({ recipient });
const message = { content: "Please look, {name}.", template: true, channel: "pager" };
const { deliveryId } = await orchestrator.send(session.token, message);
await sent;
const { status } = await orchestrator.getDelivery(deliveryId);
await orchestrator.stop();
service.closeAllConnections();
service.close();
console.log(JSON.stringify({ status, requests }));
`;

/** Every copy of a package of ours below a folder, nested ones included. */
function installed(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /(^|\/)node_modules\/@hybrid-orchestrator\/[^/]+$/.test(path))
    .sort();
}

/** The packages of ours that are needed for some, themselves included, as their manifests say. */
function neededBy(names: readonly string[]): string[] {
  const manifests = new Map(readPackages().map(({ manifest }) => [manifest.name, manifest]));
  const found = new Set<string>();
  const visit = (name: string) => {
    const manifest = manifests.get(name);
    if (manifest === undefined || found.has(name)) return;
    found.add(name);
    for (const needed of needs(manifest)) visit(needed);
  };
  for (const name of names) visit(name);
  return [...found].sort();
}

function needs({ dependencies, peerDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...peerDependencies });
}
