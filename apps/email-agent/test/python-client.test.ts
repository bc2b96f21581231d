import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { startAgent } from "./support/agent.js";

// What the Python client's libraries (aiohttp 3.8.4, urllib of 3.11, websockets 10.4) put on the wire for the requests
// of its EmailChannel and EmailAgentListener, recorded byte for byte.
const aiohttp = (request: string, body?: string) =>
  `${request} HTTP/1.1\r\nHost: localhost:3001\r\nContent-Type: application/json\r\nAuthorization: Bearer your-service-api-key\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.8.4\r\n${body === undefined ? "" : `Content-Length: ${body.length}\r\n`}\r\n${body ?? ""}`;
const health =
  "GET /api/health HTTP/1.1\r\nHost: localhost:3001\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.8.4\r\n\r\n";
const message =
  '{"to": "john@example.com", "subject": "Alert: inactivity_warning", "body": "User may need help \\u2013 soon\\n\\n\\n---\\nSession: ses_0123456789abcdef\\nTrigger: inactivity_warning", "sessionToken": "ses_0123456789abcdef", "metadata": {"message_id": "0b5f2c1e-6a51-4b1c-9a36-2c4f6c3f6a10", "recipient_id": "user_123", "recipient_name": null, "urgency": "normal", "sent_at": "2026-05-11T09:00:00.123456", "session_token": "ses_0123456789abcdef", "trigger_name": "inactivity_warning"}}';
const messageWithoutSession = message.replace(
  '"sessionToken": "ses_0123456789abcdef"',
  '"sessionToken": null',
);
const urllib = `POST /api/orchestrator/send HTTP/1.1\r\nAccept-Encoding: identity\r\nContent-Length: ${messageWithoutSession.length}\r\nHost: localhost:3001\r\nUser-Agent: Python-urllib/3.11\r\nContent-Type: application/json\r\nAuthorization: Bearer your-service-api-key\r\nConnection: close\r\n\r\n${messageWithoutSession}`;
const handshake =
  "GET /ws HTTP/1.1\r\nHost: localhost:3001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: 2ii2N8oddNDfZdxFFHOKBg==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nAuthorization: Bearer your-service-api-key\r\nUser-Agent: Python/3.11 websockets/10.4\r\n\r\n";

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

async function exchange(url: string, request: string): Promise<Answer> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(request);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Buffer.byteLength(body) >= length)
      return { status: Number(head.slice(9, 12)), json: JSON.parse(body) };
  }
  throw new Error(`There was no whole answer: ${text}`);
}

it("answers the Python client's requests as it expects", async () => {
  const { url } = await startAgent({ sandbox: true });

  expect(await exchange(url, health)).toMatchObject({ status: 200 });
  expect(await exchange(url, aiohttp("POST /api/orchestrator/send", message))).toMatchObject({
    status: 200,
    json: { success: true, messageId: expect.stringMatching(/^<.+>$/) },
  });
  expect(await exchange(url, urllib)).toMatchObject({ status: 200, json: { success: true } });
  // Both are lists of objects.
  expect(await exchange(url, aiohttp("GET /api/emails/inbox?limit=20"))).toEqual({ status: 200, json: [] });
  expect(await exchange(url, aiohttp("POST /api/emails/search", '{"query": "invoice"}'))).toEqual({
    status: 200,
    json: [],
  });
});

it("talks to the Python listener", async () => {
  const agent = await startAgent({ sandbox: true });
  const socket = connect(Number(new URL(agent.url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(handshake);
  const [greeting] = await once(socket, "data");
  expect(String(greeting)).toMatch(/^HTTP\/1\.1 101 /);
  // No extension that the client would have to speak, then.
  expect(String(greeting)).not.toMatch(/sec-websocket-extensions/i);

  let received = "";
  socket.on("data", (chunk) => {
    received += String(chunk);
  });
  const subscribed = once(socket, "data");
  socket.write(frame('{"type": "subscribe", "channel": "orchestrator_events"}'));
  await subscribed;
  const event = once(socket, "data");
  await agent.post("/api/orchestrator/send", { to: "agent@example.com", subject: "Grüße", body: "x" });
  await event;
  const json = received.slice(received.indexOf('{"type":"listener_log"'));
  const { type, data } = JSON.parse(json.slice(0, json.indexOf("}}") + 2));
  expect(type).toBe("listener_log");
  // What EmailEvent reads.
  expect(data).toMatchObject({
    eventType: "email_received",
    messageId: expect.stringMatching(/^<.+>$/),
    subject: expect.any(String),
    from: "agent@example.com",
    to: "agent@example.com",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/),
  });
});

/** A masked text frame, as a client sends it. */
function frame(text: string): Buffer {
  const mask = [1, 2, 3, 4] as const;
  const payload = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), payload]);
}
