import type { JsonObject, Logger, Plugin } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { signVapi, type VapiHmac } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, vi } from "vitest";
import { type VoiceChannelConfig, type VoiceChannelPlugin, voiceChannel } from "../src/index.js";
import { apiKey, assistantId, phoneNumberId, type VapiServer, vapiServer } from "./vapi-server.js";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

export const secretKey = "the-shared-secret-of-the-server";
export const hmac = { type: "hmac", secretKey, algorithm: "sha256" } as const;
export const phone = "+14155550123";

export function configFor(
  { url }: { readonly url: string },
  changes: Partial<VoiceChannelConfig> = {},
): VoiceChannelConfig {
  return {
    apiKey,
    assistantId,
    phoneNumberId,
    credential: hmac,
    baseUrl: url,
    trustedOrigins: [url],
    ...changes,
  };
}

/** A request as Vapi makes it. */
export function signed(
  url: string,
  body: string,
  { plan = hmac, at = Date.now() }: { readonly plan?: VapiHmac; readonly at?: number } = {},
): Request {
  const headers = signVapi({ method: "POST", url, body, now: at }, plan);
  return new Request(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body,
  });
}

export interface World {
  readonly orchestrator: Orchestrator;
  readonly vapi: VapiServer;
  readonly voice: VoiceChannelPlugin;
  /** All that was logged. */
  readonly logged: () => string;
  /** Sends a signed server message, as Vapi does, and returns status and body of the answer. */
  tell(
    message: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly status: number; readonly body: Answer }>;
  post(request: Request): Promise<Response>;
  readonly hookUrl: string;
}

interface Answer {
  readonly results?: readonly {
    readonly toolCallId: string;
    readonly result?: string;
    readonly error?: string;
  }[];
  readonly [key: string]: unknown;
}

/** An orchestrator behind its server, with the voice channel, a local Vapi, and whatever plugins are wanted besides. */
export async function world(
  changes: Partial<VoiceChannelConfig> = {},
  plugins: readonly Plugin[] = [],
  {
    vapi: shared,
    path = ":memory:",
    options = {},
  }: {
    readonly vapi?: VapiServer;
    readonly path?: string;
    readonly options?: Partial<OrchestratorOptions>;
  } = {},
): Promise<World> {
  const vapi = shared ?? (await vapiServer());
  if (shared === undefined) atEnd(() => vapi.close());
  const lines: string[] = [];
  const keep = (message: string, fields?: JsonObject) =>
    void lines.push(message + JSON.stringify(fields ?? {}));
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const voice = voiceChannel(configFor(vapi, changes));
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path }),
    logger,
    resumeUrl: "https://app.example.com/r/{token}",
    plugins: [voice, ...plugins],
    delivery: { channels: { voice: { retryBaseMs: 50, retryCapMs: 100 } } },
    ...options,
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  const hookUrl = `http://127.0.0.1:${port}/hooks/voice/messages`;
  const post = (request: Request) => fetch(request);
  return {
    orchestrator,
    vapi,
    voice,
    logged: () => lines.join("\n"),
    hookUrl,
    post,
    async tell(message) {
      const response = await post(signed(hookUrl, JSON.stringify({ message })));
      return { status: response.status, body: (await response.json()) as Answer };
    },
  };
}

export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}

/** What Vapi tells of a call in every message. */
export function callOf(
  { vapi }: Pick<World, "vapi">,
  id: string,
  variableValues: Readonly<Record<string, string>> = vapi.placed.find((placed) => placed.id === id)
    ?.assistantOverrides.variableValues ?? {},
): Record<string, unknown> {
  return {
    id,
    monitor: { controlUrl: vapi.controlUrl(id) },
    customer: { number: phone },
    assistantOverrides: { variableValues },
  };
}
