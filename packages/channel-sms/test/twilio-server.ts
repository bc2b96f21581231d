import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const accountSid = `AC${"0a".repeat(16)}`;
export const authToken = "the_auth_token_5f1c";
export const apiKey = { sid: `SK${"1b".repeat(16)}`, secret: "the_api_secret_77e2" };
export const sender = "+14155550199";

interface Created {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly form: URLSearchParams;
}

export interface TwilioServer {
  readonly url: string;
  /** Each request that came, whatever became of it. */
  readonly requests: readonly Created[];
  /** The texts of the messages that were created. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** What to answer instead of creating the message; `drop` ends the connection, `hang` says nothing. */
export type Failure = "drop" | "hang" | Refusal;

interface Refusal {
  readonly status: number;
  readonly code?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * Creates messages as api.twilio.com does, on a free port of the loopback interface: form in, JSON out, errors with
 * `code`, `message` (which names the number), `more_info` and `status`.
 */
export async function twilioServer(failure?: Failure): Promise<TwilioServer> {
  const requests: Created[] = [];
  const texts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      requests.push({ path: request.url ?? "", headers: request.headers, form });
      if (failure === "hang") return;
      if (failure === "drop") return void request.socket.destroy();
      if (failure === undefined) create({ request, response, form });
      else fail(response, failure, form);
    });
  });

  function create({
    request,
    response,
    form,
  }: {
    request: IncomingMessage;
    response: ServerResponse;
    form: URLSearchParams;
  }): void {
    const problem = problemOf(request, form);
    if (problem !== undefined) {
      fail(response, problem, form);
      return;
    }
    texts.push(form.get("Body") ?? "");
    const sid = `SM${String(texts.length).padStart(32, "0")}`;
    const created = {
      account_sid: accountSid,
      api_version: "2010-04-01",
      body: form.get("Body"),
      date_created: "Thu, 24 Aug 2023 05:01:45 +0000",
      date_sent: null,
      date_updated: "Thu, 24 Aug 2023 05:01:45 +0000",
      direction: "outbound-api",
      error_code: null,
      error_message: null,
      from: form.get("From"),
      messaging_service_sid: form.get("MessagingServiceSid"),
      num_media: "0",
      num_segments: "1",
      price: null,
      price_unit: null,
      sid,
      status: "queued",
      subresource_uris: { media: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}/Media.json` },
      to: form.get("To"),
      uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
    };
    response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(created));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    texts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function problemOf({ method, url, headers }: IncomingMessage, form: URLSearchParams): Refusal | undefined {
  if (method !== "POST" || url !== `/2010-04-01/Accounts/${accountSid}/Messages.json`)
    return { status: 404, code: 20404 };
  const known = [`${accountSid}:${authToken}`, `${apiKey.sid}:${apiKey.secret}`];
  const given = Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
  if (!known.includes(given)) return { status: 401, code: 20003 };
  if (headers["content-type"] !== "application/x-www-form-urlencoded") return { status: 415, code: 20415 };
  if (!form.has("From") && !form.has("MessagingServiceSid")) return { status: 400, code: 21603 };
  if (!/^\+[1-9]\d{6,14}$/.test(form.get("To") ?? "")) return { status: 400, code: 21211 };
  if ((form.get("Body") ?? "") === "") return { status: 400, code: 21602 };
  if ((form.get("Body") ?? "").length > 1600) return { status: 400, code: 21617 };
  return undefined;
}

function fail(response: ServerResponse, failure: Refusal, form: URLSearchParams): void {
  const { status, code, headers = {} } = failure;
  const body = {
    code,
    message: `Something about the number ${form.get("To")} and the text ${form.get("Body")}`,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  };
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(failure.body ?? JSON.stringify(body));
}
