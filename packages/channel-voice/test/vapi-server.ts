import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";

export const apiKey = "vapi_private_key_000000";
export const assistantId = "5b0a4a08-133c-4146-9315-0984f8c6be80";
export const phoneNumberId = "42b4b25d-031e-4786-857f-63b346c9580f";

/** - `drop`: the request is read and the connection closed. `hang`: it is read and never answered. */
export type Failure = { status: number; headers?: Record<string, string>; body?: unknown } | "drop" | "hang";

interface PlacedCall {
  readonly id: string;
  readonly customer: { readonly number: string; readonly name?: string };
  readonly assistantOverrides: {
    readonly firstMessage: string;
    readonly variableValues: {
      readonly sessionId: string;
      readonly origin: string;
      readonly message: string;
    };
  };
}

export interface VapiServer {
  readonly url: string;
  /** Of the API, not of control. */
  readonly requests: readonly string[];
  readonly placed: readonly PlacedCall[];
  /** What was sent to the control addresses, by call. */
  readonly commands: readonly {
    readonly callId: string;
    readonly command: Readonly<Record<string, unknown>>;
  }[];
  readonly controlUrl: (callId: string) => string;
  /** From now on the control address of that call answers 404. */
  hangUp(callId: string): void;
  fail(failure: Failure | undefined): void;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: unknown];

/** A Vapi on loopback, as far as it is used: it places calls, tells of them, and lets them be controlled. */
export async function vapiServer(initial?: Failure): Promise<VapiServer> {
  let failure = initial;
  const requests: string[] = [];
  const placed: PlacedCall[] = [];
  const commands: { callId: string; command: Record<string, unknown> }[] = [];
  const over = new Set<string>();
  const sockets = new Set<Socket>();

  const describe = (id: string) => ({
    id,
    type: "outboundPhoneCall",
    status: over.has(id) ? "ended" : "queued",
    monitor: { controlUrl: controlUrl(id), listenUrl: "wss://example.com/listen" },
  });

  function api({ method, url = "", headers }: IncomingMessage, body: string): Answer {
    requests.push(`${method} ${url}`);
    if (headers.authorization !== `Bearer ${apiKey}`) return [401, { message: "Invalid Key" }];
    if (method === "GET") return [200, describe(url.split("/").at(-1) ?? "")];
    const given = JSON.parse(body) as PlacedCall & { assistantId: string; phoneNumberId: string };
    if (given.assistantId !== assistantId || given.phoneNumberId !== phoneNumberId)
      return [404, { message: "no such assistant or number" }];
    const id = `call-${placed.length + 1}`;
    placed.push({ ...given, id });
    return [201, describe(id)];
  }

  function control(callId: string, body: string): Answer {
    if (over.has(callId)) return [404, { message: "Call not found" }];
    commands.push({ callId, command: JSON.parse(body) as Record<string, unknown> });
    return [200, { success: true }];
  }

  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (failure === "drop") return void request.socket.destroy();
    if (failure === "hang") return;
    if (failure !== undefined) {
      response
        .writeHead(failure.status, failure.headers)
        .end(JSON.stringify(failure.body ?? { message: "no" }));
      return;
    }
    const [, callId] = /^\/([^/]+)\/control$/.exec(request.url ?? "") ?? [];
    const [status, answer] = callId === undefined ? api(request, body) : control(callId, body);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const controlUrl = (callId: string) => `${url}/${callId}/control`;
  return {
    url,
    requests,
    placed,
    commands,
    controlUrl,
    hangUp: (callId) => void over.add(callId),
    fail(next) {
      failure = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
