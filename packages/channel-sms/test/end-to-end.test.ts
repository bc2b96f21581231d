import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Channel, OutboundMessage, Plugin } from "@hybrid-orchestrator/core";
import { createOrchestrator, type OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { createEmulator } from "emulate";
import { describe, expect, it, vi } from "vitest";
import { smsChannel } from "../src/index.js";
import { atEnd } from "./harness.js";

const sid = `AC${"0".repeat(32)}`;
const token = "the_emulated_token";
const ours = "+14155550100";
const phone = "+14155550123";

/** An orchestrator with its server, and an emulated Twilio that calls it. The second channel records what it sends. */
async function world(options: Partial<OrchestratorOptions> = {}) {
  const [hooksPort, twilioPort] = [await freePort(), await freePort()];
  const publicUrl = `http://127.0.0.1:${hooksPort}`;
  const twilio = await createEmulator({
    service: "twilio",
    port: twilioPort,
    seed: {
      twilio: {
        account: { sid, auth_token: token },
        phone_numbers: [{ phone_number: ours, sms_url: `${publicUrl}/hooks/sms/inbound` }],
      },
    },
  });
  atEnd(() => twilio.close());
  const elsewhere: OutboundMessage[] = [];
  const clock = virtualClock();
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    plugins: [
      smsChannel({
        accountSid: sid,
        authToken: token,
        from: ours,
        publicUrl,
        baseUrl: twilio.url,
        trustedOrigins: [twilio.url],
      }),
      recorder(elsewhere),
    ],
    ...options,
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  const server = createServer({ orchestrator, publicUrl });
  atEnd(() => server.close());
  await server.listen({ port: hooksPort });

  /** Asks the emulated Twilio for something. */
  async function ask(path: string, form: Record<string, string>): Promise<void> {
    const response = await fetch(twilio.url + path, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}` },
      body: new URLSearchParams(form),
    });
    expect(response.ok, `Twilio takes ${path}`).toBe(true);
  }

  async function messages(): Promise<{ sid: string; body: string; direction: string }[]> {
    const response = await fetch(`${twilio.url}/2010-04-01/Accounts/${sid}/Messages.json`, {
      headers: { authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}` },
    });
    return ((await response.json()) as { messages: { sid: string; body: string; direction: string }[] })
      .messages;
  }

  /** Sends by SMS and waits until Twilio has it. */
  async function text(session: string, content: string) {
    const { deliveryId } = await orchestrator.send(session, { content, channel: "sms", kind: "follow_up" });
    await clock.advance(1);
    await eventually(async () =>
      expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({ status: "sent" }),
    );
    const { attempts } = await orchestrator.getDelivery(deliveryId);
    return { deliveryId, messageSid: attempts[0]?.externalId ?? "" };
  }

  return {
    orchestrator,
    clock,
    elsewhere,
    text,
    outbound: async () => (await messages()).filter(({ direction }) => direction === "outbound-api"),
    status: (messageSid: string, Status: string) =>
      ask("/_twilio/simulate/message-status", { MessageSid: messageSid, Status }),
    answer: (Body: string, From = phone) =>
      ask("/_twilio/simulate/inbound-message", { To: ours, From, Body }),
    session: () => orchestrator.createSession({ recipient: { id: "user_1", phone } }),
  };
}

describe("with an emulated Twilio", { timeout: 20_000 }, () => {
  it("a message leaves, and a late failure starts the fallback, which a later delivered does not undo", async () => {
    const { orchestrator, clock, elsewhere, session, text, status, outbound } = await world();
    const { id } = await session();
    const { deliveryId, messageSid } = await text(id, "Hello");
    expect(await outbound()).toMatchObject([{ sid: messageSid, body: "Hello" }]);

    await status(messageSid, "undelivered");
    await clock.advance(1);
    await eventually(async () => expect(elsewhere).toHaveLength(1));
    await status(messageSid, "delivered");
    await status(messageSid, "undelivered");
    await clock.advance(1);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      attempts: [
        { channel: "sms", outcome: "permanent", reason: "bounced: Twilio: undelivered" },
        { channel: "elsewhere", outcome: "sent" },
      ],
    });
    expect(elsewhere).toHaveLength(1);
  });

  it("statuses in any order and twice only move a delivery forward", async () => {
    const { orchestrator, elsewhere, session, text, status } = await world();
    const { id } = await session();
    const { deliveryId, messageSid } = await text(id, "Hello");
    const seen: string[] = [];
    for (const next of ["delivered", "sent", "queued", "delivered", "read", "delivered", "undelivered"]) {
      await status(messageSid, next);
      seen.push((await orchestrator.getDelivery(deliveryId)).status);
    }
    expect(seen).toEqual(["delivered", "delivered", "delivered", "delivered", "read", "read", "read"]);
    expect(elsewhere).toEqual([]);
  });

  it("an answer lands in the session that wrote last, and may ask for a human", async () => {
    const { orchestrator, session, text, answer } = await world();
    const [first, second] = [await session(), await session()];
    await text(first.id, "First");
    await text(second.id, "Second");
    await answer("yes");
    await answer("Human");
    const messagesOf = async (id: string) =>
      (await orchestrator.listActivities({ id }, { limit: 20 })).items
        .filter(({ type }) => type === "message")
        .map(({ data }) => [data.text, data.from, data.intent]);
    expect(await messagesOf(first.id)).toEqual([]);
    expect((await messagesOf(second.id)).sort()).toEqual([
      ["Human", phone, "human"],
      ["yes", phone, undefined],
    ]);
  });

  it("after STOP nothing leaves, not even after YES, until START", async () => {
    const { orchestrator, clock, elsewhere, session, text, answer, outbound } = await world();
    const { id } = await session();
    await text(id, "Hello");
    await answer(" stop ");
    for (const between of ["", "YES"]) {
      if (between !== "") await answer(between);
      const before = elsewhere.length;
      await orchestrator.send(id, { content: "Are you there?", channel: "sms", kind: "follow_up" });
      await clock.advance(1);
      await eventually(async () => expect(elsewhere).toHaveLength(before + 1));
    }
    expect(await outbound()).toHaveLength(1);
    await answer("START");
    await text(id, "Welcome back");
    expect(await outbound()).toHaveLength(2);
  });
});

describe("a worker who is called by SMS", { timeout: 20_000 }, () => {
  const ann = "+14155550177";
  const path = "/hooks/escalations/acknowledge";

  async function called() {
    const made = await world({
      escalation: {
        policies: {
          support: {
            levels: [{ targets: [{ worker: "ann" }], waitSeconds: 600 }],
            onExhausted: { action: "back_to_ai" },
            announcements: { waiting: null, human: null },
          },
        },
        acknowledge: {
          keys: [{ id: 1, secret: createSecret() }],
          url: `https://app.example${path}?token={token}`,
        },
      },
    });
    const { orchestrator, clock, outbound } = made;
    await orchestrator.workers.register({
      id: "ann",
      name: "ANN",
      contact: { phone: ann, preferredChannel: "sms" },
    });
    await orchestrator.workers.setPresence("ann", "online");
    const { id } = await made.session();
    const { id: escalation } = await orchestrator.escalations.open(id, { reason: "stuck" });
    await clock.advance(1);
    await eventually(async () => expect(await outbound()).toHaveLength(1));
    const holder = async () => (await orchestrator.escalations.get(escalation)).holder?.worker ?? null;
    const said = async () =>
      (await orchestrator.listActivities(id, { limit: 50, order: "asc" })).items
        .filter(({ type }) => type.endsWith("message"))
        .map(({ type, actor, data }) => [type, actor, data.text]);
    return { ...made, id, holder, said };
  }

  it("takes it with YES, and then speaks to the user by what they write", async () => {
    const { answer, clock, outbound, holder, said } = await called();
    const [call] = await outbound();
    expect(call?.body).toMatch(/stuck[^\n]*\n\nTake it: https:\/\/app\.example\S+\n\nReply YES to take it/);
    // The user's own YES is the user's.
    await answer("YES");
    expect(await holder()).toBeNull();
    await answer(" yes ", ann);
    expect(await holder()).toBe("ann");
    await answer("Hello, this is Ann.", ann);
    await clock.advance(1_000);
    await eventually(async () =>
      expect((await outbound()).map(({ body }) => body)).toEqual(
        expect.arrayContaining([expect.stringContaining("You have it: stuck"), "Hello, this is Ann."]),
      ),
    );
    expect(await said()).toEqual([["message", "human", "Hello, this is Ann."]]);
  });

  it("opts out with STOP, which is no answer, and is called no more", async () => {
    const { answer, orchestrator, clock, outbound, holder, id, said } = await called();
    await answer("STOP", ann);
    expect(await holder()).toBeNull();
    expect(await said()).toEqual([["worker_message", "human", "STOP"]]);
    const [{ id: escalation } = { id: "" }] = (await orchestrator.escalations.list({ sessionId: id })).items;
    await orchestrator.escalations.cancel(escalation);
    await orchestrator.escalations.open(id, { reason: "again" });
    await clock.advance(1_000);
    expect((await outbound()).map(({ body }) => body).join()).not.toContain("again");
  });
});

function recorder(sent: OutboundMessage[]): Plugin {
  const channel: Channel = {
    name: "elsewhere",
    capabilities: {
      idempotent: true,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience: "both",
    },
    async send(message) {
      sent.push(message);
      return { outcome: "sent" };
    },
  };
  return { specVersion: 1, name: "elsewhere", setup: (host) => host.channel(channel) };
}

function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}

/** A port that was free just now: both sides must know the other's before they begin. */
async function freePort(): Promise<number> {
  const server = createHttpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
