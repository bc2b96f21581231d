import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutboundMessage, Plugin } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { createServer } from "../src/index.js";
import { atEnd } from "./harness.js";

const publicUrl = "https://hooks.example.com";
const authToken = "the vendor's secret";

/** As vendors of text messages sign: the public URL and the raw body. */
function signatureOf(url: string, body: string): string {
  return createHmac("sha256", authToken)
    .update(url + body)
    .digest("base64");
}

/** A channel with callbacks, as a plugin for a vendor of text messages has it. */
function smsChannel(sent: OutboundMessage[]): Plugin {
  return {
    specVersion: 1,
    name: "channel-sms",
    setup(host) {
      host.channel({
        name: "sms",
        capabilities: {
          idempotent: false,
          twoWay: true,
          statusCallbacks: true,
          richText: false,
          audience: "user",
        },
        async send(message) {
          sent.push(message);
          return { outcome: "sent", externalId: `SM-out-${sent.length}` };
        },
      });
      const signed = (take: (form: URLSearchParams) => Promise<unknown>) => async (request: Request) => {
        const body = await request.text();
        if (request.headers.get("x-signature") !== signatureOf(request.url, body))
          return new Response(null, { status: 403 });
        await take(new URLSearchParams(body));
        return new Response("<Response/>", { headers: { "content-type": "text/xml" } });
      };
      host.route({
        method: "POST",
        path: "/inbound",
        handle: signed((form) =>
          host.receive({
            channel: "sms",
            externalId: form.get("MessageSid") ?? "",
            session: form.get("Session") ?? "",
            from: form.get("From") ?? "",
            text: form.get("Body") ?? "",
          }),
        ),
      });
      host.route({
        method: "POST",
        path: "/status",
        handle: signed((form) =>
          host.reportStatus({
            channel: "sms",
            externalId: form.get("MessageSid") ?? "",
            status: form.get("MessageStatus") === "delivered" ? "delivered" : "bounced",
          }),
        ),
      });
    },
  };
}

it("a vendor's callbacks become activities and deliveries, on disk, each once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hybrid-server-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "sessions.db");
  const sent: OutboundMessage[] = [];
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), plugins: [smsChannel(sent)] });
  atEnd(() => orchestrator.stop());
  const server = createServer({ orchestrator, publicUrl });
  atEnd(() => server.close());
  await orchestrator.start();
  const { url } = await server.listen({ port: 0 });

  async function callback(target: string, fields: Record<string, string>, signedUrl = publicUrl + target) {
    const body = new URLSearchParams(fields).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-signature": signatureOf(signedUrl, body),
    };
    return fetch(url + target, { method: "POST", body, headers });
  }

  const { id } = await orchestrator.createSession({ externalId: "call 7", recipient: { id: "ada" } });

  const inbound = { MessageSid: "SM-in-1", Session: "call 7", From: "+4312345", Body: "YES & äöü 👍" };
  // The vendor tries again, since it did not hear the first answer.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await callback("/hooks/channel-sms/inbound?profile=a%20b", inbound);
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 200,
      body: "<Response/>",
    });
  }
  const forged = { ...inbound, MessageSid: "SM-in-2" };
  expect(
    (await callback("/hooks/channel-sms/inbound", forged, `${url}/hooks/channel-sms/inbound`)).status,
  ).toBe(403);
  const isSent = new Promise<void>((resolve) => orchestrator.on("delivery.sent", () => resolve()));
  const { deliveryId } = await orchestrator.send(id, { content: "Thank you!" });
  await isSent;
  const report = { MessageSid: "SM-out-1", MessageStatus: "delivered" };
  expect((await callback("/hooks/channel-sms/status", report)).status).toBe(200);

  await server.close();
  await orchestrator.stop();
  await using reader = createOrchestrator({ storage: sqliteStorage({ path }) });
  const { items } = await reader.listActivities(id, { limit: 10 });
  expect(items).toMatchObject([
    { type: "message", actor: "user", channel: "sms", data: { text: "YES & äöü 👍", from: "+4312345" } },
  ]);
  expect(await reader.getDelivery(deliveryId)).toMatchObject({
    status: "delivered",
    attempts: [{ channel: "sms", outcome: "sent", externalId: "SM-out-1" }],
  });
});
