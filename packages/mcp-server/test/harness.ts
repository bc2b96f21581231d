import { hashToken, type JsonObject, type Logger } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import {
  type CallToolResult,
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { afterEach } from "vitest";
import { createMcpServer, type HttpOptions, type McpEndpoint, type McpServerOptions } from "../src/index.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Called after the test, last in first out. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: JsonObject;
}

function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) =>
      void lines.push({ level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** An orchestrator with a worker, Ann, who is there. */
export async function orchestratorWithAnn(options: Partial<OrchestratorOptions> = {}): Promise<Orchestrator> {
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    escalation: {
      policies: {
        team: {
          levels: [{ targets: [{ queue: "team" }], waitSeconds: 300 }],
          onExhausted: { action: "back_to_ai" },
        },
      },
    },
    ...options,
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  await orchestrator.workers.register({ id: "ann", name: "Ann", queues: ["team"] });
  await orchestrator.workers.setPresence("ann", "online");
  return orchestrator;
}

export const tokens = { ada: "token-of-ada-0123456789", bob: "token-of-bob-0123456789" } as const;
type ClientName = keyof typeof tokens;

export interface Harness {
  readonly orchestrator: Orchestrator;
  readonly endpoint: McpEndpoint;
  readonly url: URL;
  readonly lines: Line[];
}

export interface HarnessOptions {
  readonly mcp?: Omit<McpServerOptions, "orchestrator">;
  readonly http?: Partial<HttpOptions>;
  readonly orchestrator?: Partial<OrchestratorOptions>;
}

/** An endpoint on a free port of the loopback interface, for the clients `ada` and `bob`. */
export async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const lines: Line[] = [];
  const orchestrator = await orchestratorWithAnn({ logger: recordingLogger(lines), ...options.orchestrator });
  const endpoint = createMcpServer({ orchestrator, ...options.mcp }).http({
    auth: { tokens: { ada: hashToken(tokens.ada), bob: hashToken(tokens.bob) } },
    ...options.http,
  });
  const server = createServer({ orchestrator, mounts: { "/mcp": endpoint.fetch } });
  atEnd(() => server.close());
  // Waiting calls first: the server waits for them.
  atEnd(() => endpoint.close());
  const { url } = await server.listen({ port: 0 });
  return { orchestrator, endpoint, url: new URL("/mcp", url), lines };
}

/** Which revision of the protocol a client speaks: 2026-07-28, or the one before. */
export type Era = "modern" | "legacy";

export async function connect(
  url: URL,
  { as = "ada", era = "modern", options = {} }: ConnectOptions = {},
): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" }, { ...eraOptions(era), ...options });
  atEnd(() => client.close());
  await client.connect(
    new StreamableHTTPClientTransport(url, {
      requestInit: { headers: { authorization: `Bearer ${tokens[as]}` } },
    }),
  );
  return client;
}

export interface ConnectOptions {
  readonly as?: ClientName;
  readonly era?: Era;
  readonly options?: ClientOptions;
}

export function eraOptions(era: Era): ClientOptions {
  return era === "modern" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {};
}

// What a tool returned, whose shape the server has checked against the schema that it tells.
type Structured = Record<string, never> & { readonly [key: string]: unknown };

/** Calls a tool, and gives its structured result. Throws what the tool says went wrong. */
export async function call<Result = Structured>(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Result> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError === true) throw new Error(textOf(result));
  return result.structuredContent as Result;
}

/** Calls a tool that fails, and gives what it says. */
export async function failure(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError !== true) throw new Error(`${name} did not fail: ${JSON.stringify(result)}`);
  return textOf(result);
}

function textOf({ content }: CallToolResult): string {
  const [first] = content;
  return first?.type === "text" ? first.text : "";
}
