import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { emailChannel } from "@hybrid-orchestrator/channel-email";
import { smsChannel } from "@hybrid-orchestrator/channel-sms";
import { voiceChannel } from "@hybrid-orchestrator/channel-voice";
import { webhookChannel } from "@hybrid-orchestrator/channel-webhook";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { createSecret, signTwilio, signVapi } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import {
  accountSid,
  authToken,
  sender,
  twilioServer,
} from "../../../packages/channel-sms/test/twilio-server.js";
import {
  apiKey,
  assistantId,
  phoneNumberId,
  vapiServer,
} from "../../../packages/channel-voice/test/vapi-server.js";
import { startSmtp } from "../../../packages/mail/test/support/smtp.js";

const vapiCredential = { type: "hmac", secretKey: "what Vapi and we know", algorithm: "sha256" } as const;

it("goes from voice to SMS to e-mail as each fails, then workers are told, and explain tells it all", async () => {
  const [vapi, twilio, desk] = [await vapiServer(), await twilioServer(), await alertDesk()];
  const smtp = await startSmtp({
    onRcptTo: (_address, _session, callback) =>
      callback(Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 })),
  });
  for (const { close } of [vapi, twilio, desk, smtp]) onTestFinished(close);
  const hooksPort = await freePort();
  const publicUrl = `http://127.0.0.1:${hooksPort}`;

  await using orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    plugins: [
      voiceChannel({
        apiKey,
        assistantId,
        phoneNumberId,
        credential: vapiCredential,
        baseUrl: vapi.url,
        trustedOrigins: [vapi.url],
      }),
      smsChannel({
        accountSid,
        authToken,
        from: sender,
        publicUrl,
        baseUrl: twilio.url,
        trustedOrigins: [twilio.url],
      }),
      emailChannel({
        way: "smtp",
        from: "help@example.com",
        smtp: { host: "127.0.0.1", port: smtp.port, security: "none" },
        tokenKeys: [{ id: 1, secret: createSecret() }],
      }),
      webhookChannel({
        name: "desk",
        url: `${desk.url}/alerts`,
        secrets: createSecret(),
        policy: { trustedOrigins: [desk.url] },
        audience: "worker",
      }),
    ],
    delivery: { unreachedAlert: {} },
    triggers: [
      {
        name: "idle",
        condition: { type: "no_activity", seconds: 1 },
        action: { type: "send", message: "Do you need help?", urgency: "high", need: "urgent_guidance" },
        maxFires: 1,
      },
    ],
  });
  await orchestrator.start();
  await using server = createServer({ orchestrator, publicUrl });
  await server.listen({ port: hooksPort });
  const session = await orchestrator.createSession({
    recipient: { id: "ada", phone: "+14155550123", email: "ada@example.com" },
  });

  // The telephone rings, and nobody answers.
  await eventually(() => expect(vapi.placed).toHaveLength(1));
  const [placed] = vapi.placed;
  const call = { id: placed?.id, assistantOverrides: placed?.assistantOverrides };
  const report = JSON.stringify({
    message: { type: "end-of-call-report", endedReason: "customer-did-not-answer", call },
  });
  const voiceHook = `${publicUrl}/hooks/voice/messages`;
  await sentOn("voice");
  const heard = await fetch(voiceHook, {
    method: "POST",
    headers: signVapi({ method: "POST", url: voiceHook, body: report, now: Date.now() }, vapiCredential),
    body: report,
  });
  expect(heard.status).toBe(200);

  // The text message leaves, and a minute later Twilio says that it did not arrive.
  await eventually(() => expect(twilio.texts).toEqual(["Do you need help?"]));
  await sentOn("sms");
  const statusUrl = twilio.requests[0]?.form.get("StatusCallback") ?? "";
  const form = new URLSearchParams({
    MessageSid: `SM${"1".padStart(32, "0")}`,
    MessageStatus: "undelivered",
    ErrorCode: "30003",
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const signature = signTwilio({ url: statusUrl, headers: new Headers(headers), body: form }, authToken);
  const told = await fetch(statusUrl, { method: "POST", headers: { ...headers, ...signature }, body: form });
  expect(told.status).toBe(200);

  // The mail server knows no such address, so workers are told, by a message of their own.
  await eventually(() => expect(desk.alerts).toHaveLength(1));
  expect(desk.alerts[0]).toContain("A message did not get to the user:");
  expect(smtp.taken).toEqual([]);

  await eventually(async () => {
    const story = (await orchestrator.explain(session.id, "idle")).text
      .split("\n")
      .map((line) => line.trim());
    expect(story.filter((line) => /^(on|Message) /.test(line))).toEqual([
      expect.stringMatching(/^Message to the user \(high\): failed, /),
      expect.stringMatching(/^on voice \(need:urgent_guidance\): .*customer-did-not-answer$/),
      expect.stringMatching(/^on sms \(urgency:high\): .*undelivered, code 30003/),
      expect.stringMatching(/^on email \(urgency:high\): permanent, /),
      expect.stringMatching(/^Message to workers \(high\): sent$/),
      expect.stringMatching(/^on desk \(.*\): sent$/),
    ]);
  });

  /** A vendor may call back at once; ours has committed the attempt's end by then, as theirs would have waited. */
  async function sentOn(channel: string): Promise<void> {
    await eventually(async () => {
      const { items } = await orchestrator.listDeliveries({ session: session.id, limit: 10 });
      const attempts = items.flatMap((delivery) => delivery.attempts);
      expect(attempts).toContainEqual(expect.objectContaining({ channel, outcome: "sent" }));
    });
  }
}, 60_000);

/** Where workers read their alerts. */
async function alertDesk() {
  const alerts: string[] = [];
  const server = createHttpServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { content: string } };
    alerts.push(data.content);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alerts,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that was free just now: both sides must know the other's before they begin. */
async function freePort(): Promise<number> {
  const server = createHttpServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
