import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const apiKey = "the_api_key_4c1d";

/** What to answer instead of taking the message; `drop` ends the connection, `hang` says nothing. */
export type Failure =
  | "drop"
  | "hang"
  | { readonly status: number; readonly headers?: Record<string, string> };

export interface SampleNameServer {
  readonly url: string;
  /** Each request that came, whatever became of it. */
  readonly requests: readonly { readonly path: string; readonly body: string }[];
  /** The texts that were taken: one for each idempotency key. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** The far end, as it really answers, on a free port of the loopback interface. */
export async function sampleNameServer(failure?: Failure): Promise<SampleNameServer> {
  const requests: { path: string; body: string }[] = [];
  const texts: string[] = [];
  const idOfKey = new Map<string, string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(body));
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      requests.push({ path: request.url ?? "", body });
      if (failure === "hang") return;
      if (failure === "drop") {
        request.socket.destroy();
        return;
      }
      if (failure !== undefined) {
        answer(failure.status, { error: "no" }, failure.headers);
        return;
      }
      if (request.headers.authorization !== `Bearer ${apiKey}`) {
        answer(401, { error: "unknown key" });
        return;
      }
      const key = String(request.headers["idempotency-key"]);
      const id = idOfKey.get(key) ?? `message_${idOfKey.size + 1}`;
      if (!idOfKey.has(key)) texts.push((JSON.parse(body) as { text: string }).text);
      idOfKey.set(key, id);
      answer(201, { id });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    texts,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
