import type { HubPolicyInput } from "@hybrid-orchestrator/channel-hub";
import type { OutboundMessage, SendResult } from "@hybrid-orchestrator/core";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { channelPlugin, codeOf, harness, recordingChannel } from "./harness.js";

const recipient = { id: "u1", name: "Ada", locale: "de-AT" };

describe("send", () => {
  it("leaves after the commit, and its story is told by events", async () => {
    const { orchestrator, clock, sent } = await harness();
    const { id } = await orchestrator.createSession({ recipient });
    const { deliveryId, status, channel } = await orchestrator.send(id, {
      content: "Hello {name}",
      template: true,
      subject: "Hi",
    });
    expect({ status, channel }).toEqual({ status: "pending", channel: "test" });
    await clock.advance(1);
    expect(sent).toMatchObject([
      { deliveryId, sessionId: id, content: "Hello Ada", subject: "Hi", recipient: { id: "u1" } },
    ]);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      status: "sent",
      attempts: [{ channel: "test", outcome: "sent" }],
    });
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.map(({ type }) => type)).toEqual([
      "session.created",
      "delivery.queued",
      "delivery.attempted",
      "delivery.sent",
    ]);
  });

  it("waits before a retry as the random number says", async () => {
    const at: number[] = [];
    const clock = virtualClock();
    const channel = recordingChannel("busy", [], () => {
      at.push(clock.now());
      return at.length < 3 ? { outcome: "retryable", reason: "busy" } : { outcome: "sent" };
    });
    const { orchestrator } = await harness({ clock, random: () => 0.5, plugins: [channelPlugin(channel)] });
    const { id } = await orchestrator.createSession();
    await orchestrator.send(id, { content: "Hello", channel: "busy" });
    await clock.advance(60_000);
    expect(at.map((moment) => moment - (at[0] ?? 0))).toEqual([0, 500, 1_500]);
  });

  it("takes the text for the recipient's language, braces and all when it is no template", async () => {
    const { orchestrator, clock, sent } = await harness();
    const { id } = await orchestrator.createSession({ recipient });
    await orchestrator.send(id, { content: { default: "Hello", de: "Grüß dich" } });
    await orchestrator.send(id, { content: "{name} is not filled in" });
    await clock.advance(1);
    expect(sent.map(({ content }) => content).sort()).toEqual(["Grüß dich", "{name} is not filled in"]);
  });

  it("carries a resume link whose token opens that session alone, and is stored only as a hash", async () => {
    const { orchestrator, clock, sent } = await harness({ resumeUrl: "https://app.example/resume#{token}" });
    const { id } = await orchestrator.createSession({ recipient });
    const { deliveryId } = await orchestrator.send(id, { content: "Go on: {resumeLink}", template: true });
    await clock.advance(1);
    const token = sent[0]?.content.split("#")[1] ?? "";
    expect((await orchestrator.getSession(token)).id).toBe(id);
    expect(JSON.stringify(await orchestrator.getDelivery(deliveryId))).not.toContain(token);
    expect(JSON.stringify(await orchestrator.readEvents())).not.toContain(token);
    await clock.advance(86_400_001);
    expect(await codeOf(orchestrator.recordActivity(token, { type: "x" }))).toBe("session_not_found");
  });

  it("fails at once, saying why, where no channel reaches the recipient", async () => {
    const unreachable = { ...recordingChannel("pager", []), canReach: () => false };
    const { orchestrator } = await harness();
    orchestrator.channels.unregister("test");
    orchestrator.channels.register(unreachable);
    const { id } = await orchestrator.createSession({ recipient });
    const sent = await orchestrator.send(id, { content: "Hello" });
    expect(sent.status).toBe("failed");
    expect(sent.reason).toContain("pager");
  });

  it("previews the way with the reason for every channel", async () => {
    const { orchestrator } = await harness();
    orchestrator.channels.register(
      { ...recordingChannel("pager", []), canReach: () => false },
      { priority: 1 },
    );
    const { id } = await orchestrator.createSession({ recipient });
    const plan = await orchestrator.preview(id, { content: "Hello", channel: "pager" });
    expect(plan.steps.map(({ channel }) => channel)).toEqual(["test"]);
    expect(plan.skips.map(({ channel }) => channel)).toContain("pager");
  });

  it("is refused with a template that cannot be rendered", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession({ recipient });
    expect(await codeOf(orchestrator.send(id, { content: "Hello {name", template: true }))).toBe(
      "invalid_argument",
    );
  });
});

describe("a failing channel", () => {
  it("hands over to the next one, and nothing is lost", async () => {
    const first: OutboundMessage[] = [];
    const broken = recordingChannel("broken", first, () => ({
      outcome: "permanent",
      reason: "no such number",
    }));
    const { orchestrator, clock, sent } = await harness({ plugins: [channelPlugin(broken)] });
    const { id } = await orchestrator.createSession({ recipient });
    const { deliveryId } = await orchestrator.send(id, { content: "Hello", channel: "broken" });
    await clock.advance(1);
    expect(first).toHaveLength(1);
    expect(sent).toHaveLength(1);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      status: "sent",
      attempts: [
        { channel: "broken", outcome: "permanent" },
        { channel: "test", outcome: "sent" },
      ],
    });
  });

  it("is tried again later with the same idempotency key, then the message is a dead letter that can be replayed", async () => {
    let answer: SendResult = { outcome: "retryable", reason: "busy" };
    const tries: OutboundMessage[] = [];
    const flaky = recordingChannel("flaky", tries, () => answer, { idempotent: true });
    const { orchestrator, clock } = await harness({ delivery: { channels: { flaky: { maxAttempts: 3 } } } });
    orchestrator.channels.unregister("test");
    orchestrator.channels.register(flaky);
    const { id } = await orchestrator.createSession({ recipient, ttlSeconds: null });
    const { deliveryId } = await orchestrator.send(id, { content: "Hello" });
    await clock.advance(3_600_000);
    expect(tries).toHaveLength(3);
    expect(
      (await orchestrator.listDeliveries({ status: ["failed"], limit: 10 })).items.map((dead) => dead.id),
    ).toEqual([deliveryId]);
    answer = { outcome: "sent" };
    await orchestrator.replayDelivery(deliveryId);
    await clock.advance(1_000);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({ status: "sent" });
    expect(await codeOf(orchestrator.replayDelivery(deliveryId))).toBe("invalid_delivery_state");
    expect(await codeOf(orchestrator.replayDelivery("nothing"))).toBe("not_found");
  });

  it("that hangs, throws or lies keeps no other from sending", async () => {
    const hanging = recordingChannel("hanging", [], () => new Promise(() => undefined));
    const throwing = recordingChannel("throwing", [], () => {
      throw new Error("boom");
    });
    const lying = recordingChannel("lying", [], () => "yes" as never);
    const { orchestrator, clock, sent } = await harness({
      plugins: [hanging, throwing, lying].map(channelPlugin),
    });
    const { id } = await orchestrator.createSession({ recipient });
    for (const channel of ["hanging", "throwing", "lying", "test"])
      await orchestrator.send(id, { content: channel, channel });
    await clock.advance(1_000);
    expect(sent.map(({ content }) => content)).toContain("test");
    await clock.advance(3_600_000);
    const { items } = await orchestrator.listDeliveries({ session: id, limit: 10 });
    // Nobody knows whether those three went out, so nobody gets them twice.
    expect(items.filter(({ status }) => status === "failed")).toHaveLength(3);
    expect(items.every(({ attempts }) => attempts.length === 1)).toBe(true);
  });
});

describe("at the moment of sending", () => {
  it("a message for a session that was completed meanwhile is dropped, with its reason", async () => {
    const { orchestrator, clock, sent } = await harness();
    const { id } = await orchestrator.createSession({ recipient });
    const [{ deliveryId }] = await Promise.all([
      orchestrator.send(id, { content: "Still there?" }),
      orchestrator.complete(id),
    ]);
    await clock.advance(1_000);
    expect(sent).toEqual([]);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      status: "suppressed",
      reason: expect.stringContaining("completed"),
    });
  });
});

describe("broadcast", () => {
  it("goes to every channel that reaches, or to those that are named", async () => {
    const second: OutboundMessage[] = [];
    const { orchestrator, clock, sent } = await harness({
      plugins: [channelPlugin(recordingChannel("second", second))],
    });
    const { id } = await orchestrator.createSession({ recipient });
    expect(await orchestrator.broadcast(id, { content: "all" })).toHaveLength(2);
    await clock.advance(1);
    expect([sent.length, second.length]).toEqual([1, 1]);
    const named = await orchestrator.broadcast(id, { content: "named" }, { channels: ["second", "nothing"] });
    expect(named.map(({ status }) => status)).toEqual(["pending", "failed"]);
    await clock.advance(1);
    expect([sent.length, second.length]).toEqual([1, 2]);
  });
});

describe("late reports", () => {
  it("move a delivery forward, and a late failure starts the fallback", async () => {
    const sms: OutboundMessage[] = [];
    let report: (status: "delivered" | "bounced") => Promise<void> = async () => undefined;
    const channel = recordingChannel("sms", sms, () => ({ outcome: "sent", externalId: "SM1" }), {
      statusCallbacks: true,
    });
    const { orchestrator, clock, sent } = await harness({
      plugins: [
        {
          specVersion: 1,
          name: "sms",
          setup(host) {
            host.channel(channel);
            report = (status) => host.reportStatus({ channel: "sms", externalId: "SM1", status });
          },
        },
      ],
    });
    const { id } = await orchestrator.createSession({ recipient });
    const { deliveryId } = await orchestrator.send(id, { content: "Hello", channel: "sms" });
    await clock.advance(1);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({ status: "sent" });
    await report("bounced");
    await clock.advance(1);
    expect(sent).toHaveLength(1);
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      status: "sent",
      attempts: [{ channel: "sms", outcome: "permanent" }, { channel: "test" }],
    });
    await report("delivered");
    expect((await orchestrator.getDelivery(deliveryId)).attempts[0]?.outcome).toBe("permanent");
  });
});

describe("workers, where a message gets to the user on no channel", () => {
  const failing = (name: string) =>
    channelPlugin(
      recordingChannel(name, [], () => ({ outcome: "permanent", reason: `${name} does not work` }), {
        audience: "user",
      }),
    );

  async function withAlert(unreachedAlert: NonNullable<HubPolicyInput["unreachedAlert"]> | null) {
    const alerts: OutboundMessage[] = [];
    const desk = channelPlugin(recordingChannel("desk", alerts, undefined, { audience: "worker" }));
    const given = await harness({
      plugins: [failing("voice"), failing("sms"), desk],
      delivery: { unreachedAlert, channels: { test: { enabled: false } } },
    });
    const { id } = await given.orchestrator.createSession({ recipient, workflow: "claims" });
    return { ...given, alerts, id };
  }

  it("get one alert, in the same story", async () => {
    const { orchestrator, clock, alerts, id } = await withAlert({});
    await orchestrator.addTrigger({
      name: "idle",
      condition: { type: "no_activity", seconds: 60 },
      action: { type: "send", message: "Are you there?", urgency: "high" },
      maxFires: 1,
    });
    await clock.advance(61_000);
    await clock.advance(1);
    expect(alerts).toMatchObject([
      { audience: "worker", urgency: "high", trigger: "idle", sessionId: id, recipient: { id: "workers" } },
    ]);
    expect(alerts[0]?.content).toContain("A message did not get to the user:");
    expect(alerts[0]?.content).toContain("voice does not work");
    const { text } = await orchestrator.explain(id, "idle");
    const lines = text.split("\n").map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith("on "))).toEqual([
      expect.stringMatching(/^on sms .*permanent, sms does not work$/),
      expect.stringMatching(/^on voice .*permanent, voice does not work$/),
      expect.stringMatching(/^on desk .*sent$/),
    ]);
  });

  it("get it in words of one's own, and only for the urgencies that are named", async () => {
    const { orchestrator, clock, alerts, id } = await withAlert({
      urgencies: ["normal"],
      urgency: "low",
      content: { default: "{workflow}: nobody reached", "de-AT": "unused" },
      channel: "desk",
    });
    await orchestrator.send(id, { content: "Hello", urgency: "critical" });
    await orchestrator.send(id, { content: "Hello", urgency: "normal" });
    await clock.advance(1);
    expect(alerts).toMatchObject([{ content: "claims: nobody reached", urgency: "low" }]);
  });

  it("get none where it is not asked for, nor for a message of their own", async () => {
    const without = await withAlert(null);
    await without.orchestrator.send(without.id, { content: "Hello", urgency: "critical" });
    await without.clock.advance(1);
    expect(without.alerts).toEqual([]);

    const given = await withAlert({ channel: "gone" });
    const { deliveryId } = await given.orchestrator.send(given.id, {
      content: "Hello",
      urgency: "critical",
      audience: "worker",
      channel: "sms",
    });
    await given.clock.advance(1);
    expect((await given.orchestrator.getDelivery(deliveryId)).status).toBe("sent");
    expect(given.alerts).toHaveLength(1);
  });

  it("are told of a message that bounced later, once", async () => {
    const { orchestrator, clock, alerts, id } = await withAlert({});
    const mail = recordingChannel("mail", [], () => ({ outcome: "sent", externalId: "m1" }), {
      audience: "user",
    });
    let reportBounce: () => Promise<void> = async () => undefined;
    await orchestrator.use({
      specVersion: 1,
      name: "mail",
      setup(host) {
        host.channel(mail);
        reportBounce = () =>
          host.reportStatus({ channel: "mail", externalId: "m1", status: "bounced", reason: "full" });
      },
    });
    await orchestrator.send(id, { content: "Hello", urgency: "high", channel: "mail" });
    await clock.advance(1);
    expect(alerts).toEqual([]);
    for (const _ of [1, 2]) await reportBounce();
    await clock.advance(1);
    await clock.advance(1);
    expect(alerts).toHaveLength(1);
  });
});
