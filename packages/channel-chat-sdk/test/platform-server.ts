import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

interface PlatformCall {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer = (call: PlatformCall, response: ServerResponse) => void;

export interface PlatformServer {
  readonly url: string;
  /** All that was asked for, in order. */
  readonly calls: readonly PlatformCall[];
  close(): Promise<void>;
}

/** A platform's API on a socket of this machine. */
export async function platformServer(answer: Answer): Promise<PlatformServer> {
  const calls: PlatformCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const call: PlatformCall = {
        path: request.url ?? "",
        headers: request.headers,
        body: bodyOf(text, request.headers["content-type"]),
      };
      calls.push(call);
      answer(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function bodyOf(text: string, contentType = ""): PlatformCall["body"] {
  if (contentType.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(text));
  return text === "" ? {} : (JSON.parse(text) as PlatformCall["body"]);
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
