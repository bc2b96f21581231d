import type { OutboundMessage, SendResult } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { channelPlugin, codeOf, harness, recordingChannel } from "./harness.js";

const recipient = { id: "u1", name: "Ada", phone: "+43 660 1234567", timeZone: "Europe/Vienna" };
const hour = 3_600_000;

function pager(
  sent: OutboundMessage[],
  answer?: (message: OutboundMessage) => SendResult | Promise<SendResult>,
) {
  return {
    ...recordingChannel("pager", sent, answer),
    destination: (to: { phone?: string | undefined }) => to.phone?.replaceAll(" ", ""),
  };
}

describe("a cap for each day", () => {
  it("counts by address, over sessions and recipients, and begins anew with the recipient's day", async () => {
    const paged: OutboundMessage[] = [];
    const { orchestrator, clock, sent } = await harness({
      plugins: [channelPlugin(pager(paged))],
      delivery: { channels: { pager: { maxPerDay: 2 } } },
    });
    const one = await orchestrator.createSession({ recipient, ttlSeconds: null });
    const other = { ...recipient, id: "u2", phone: "+436601234567" };
    const two = await orchestrator.createSession({ recipient: other, ttlSeconds: null });
    for (const { id } of [one, two, one]) {
      await orchestrator.send(id, { content: "Hello", channel: "pager" });
      await clock.advance(1_000);
    }
    expect([paged.length, sent.length]).toEqual([2, 1]);
    const { items } = await orchestrator.listDeliveries({ session: one.id, limit: 10, order: "desc" });
    expect(items[0]?.skips[0]).toMatchObject({
      channel: "pager",
      reason: "has used up its 2 for this address today",
    });
    const preview = await orchestrator.preview(one.id, { content: "Hello", channel: "pager" });
    expect(preview.steps.map(({ channel }) => channel)).toEqual(["test"]);
    // The harness begins at ten in Vienna.
    await clock.advance(14 * hour);
    await orchestrator.send(one.id, { content: "Good morning", channel: "pager" });
    await clock.advance(1_000);
    expect(paged).toHaveLength(3);
  });

  it("is not used up by what failed; messages at once share it; what is left is suppressed", async () => {
    const paged: OutboundMessage[] = [];
    let answer: SendResult = { outcome: "permanent", reason: "no" };
    const { orchestrator, clock } = await harness({
      plugins: [channelPlugin(pager(paged, () => answer))],
      delivery: { channels: { pager: { maxPerDay: 1 } } },
    });
    orchestrator.channels.unregister("test");
    const { id } = await orchestrator.createSession({ recipient });
    await orchestrator.send(id, { content: "fails" });
    await clock.advance(1_000);
    answer = { outcome: "sent", externalId: "V1" };
    const both = await Promise.all([
      orchestrator.send(id, { content: "a" }),
      orchestrator.send(id, { content: "b" }),
    ]);
    await clock.advance(10_000);
    const states = await Promise.all(both.map(({ deliveryId }) => orchestrator.getDelivery(deliveryId)));
    expect(states.map(({ status }) => status).sort()).toEqual(["sent", "suppressed"]);
    expect(paged).toHaveLength(2);
  });

  it("is given back by what bounces later", async () => {
    const paged: OutboundMessage[] = [];
    let bounce: () => Promise<void> = async () => undefined;
    const channel = pager(paged, () => ({ outcome: "sent", externalId: `V${paged.length}` }));
    const { orchestrator, clock } = await harness({
      plugins: [
        {
          specVersion: 1,
          name: "pager",
          setup(host) {
            host.channel(channel);
            bounce = () => host.reportStatus({ channel: "pager", externalId: "V1", status: "bounced" });
          },
        },
      ],
      delivery: { channels: { pager: { maxPerDay: 1 } } },
    });
    orchestrator.channels.unregister("test");
    const { id } = await orchestrator.createSession({ recipient });
    const send = async () => {
      const { deliveryId } = await orchestrator.send(id, { content: "Hello" });
      await clock.advance(5_000);
      return (await orchestrator.getDelivery(deliveryId)).status;
    };
    expect(await send()).toBe("sent");
    expect(await send()).toBe("suppressed");
    await bounce();
    expect(await send()).toBe("sent");
  });

  it("neither stops nor counts urgencies that are exempt", async () => {
    const paged: OutboundMessage[] = [];
    const { orchestrator, clock } = await harness({
      plugins: [channelPlugin(pager(paged))],
      delivery: { channels: { pager: { maxPerDay: 1 } }, capExemptUrgencies: ["critical"] },
    });
    const { id } = await orchestrator.createSession({ recipient });
    for (const urgency of ["critical", "normal", "critical"] as const)
      await orchestrator.send(id, { content: "Hello", channel: "pager", urgency });
    await clock.advance(1_000);
    expect(paged).toHaveLength(3);
  });
});

describe("suppression", () => {
  it("by a channel's answer stops the next message there, and another channel takes it", async () => {
    const paged: OutboundMessage[] = [];
    const { orchestrator, clock, sent } = await harness({
      plugins: [
        channelPlugin(pager(paged, () => ({ outcome: "permanent", reason: "STOP", suppress: true }))),
      ],
    });
    const { id } = await orchestrator.createSession({ recipient });
    for (let n = 0; n < 2; n += 1) {
      await orchestrator.send(id, { content: "Hello", channel: "pager" });
      await clock.advance(1_000);
    }
    expect([paged.length, sent.length]).toEqual([1, 2]);
    expect(await orchestrator.suppressions.get({ channel: "pager", recipient })).toMatchObject({
      reason: "STOP",
      source: "send",
    });
    const { items } = await orchestrator.listDeliveries({ session: id, limit: 10, order: "desc" });
    expect(items[0]?.skips[0]?.reason).toBe("must not be used for this address: STOP");
  });

  it("by hand holds until it is taken back; with no other channel the message is suppressed", async () => {
    const paged: OutboundMessage[] = [];
    const { orchestrator, clock } = await harness({ plugins: [channelPlugin(pager(paged))] });
    orchestrator.channels.unregister("test");
    const target = { channel: "pager", address: "+436601234567" };
    const added = await orchestrator.suppressions.add({ ...target, reason: "asked by phone" });
    expect(added).toMatchObject({ source: "api" });
    const { id } = await orchestrator.createSession({ recipient });
    const preview = await orchestrator.preview(id, { content: "Hello" });
    expect(preview).toMatchObject({ steps: [], waits: null });
    const { deliveryId } = await orchestrator.send(id, { content: "Hello" });
    await clock.advance(1_000);
    expect((await orchestrator.getDelivery(deliveryId)).status).toBe("suppressed");
    expect(await orchestrator.suppressions.remove({ channel: "pager", recipient })).toBe(true);
    expect(await orchestrator.suppressions.remove(target)).toBe(false);
    await orchestrator.send(id, { content: "Hello" });
    await clock.advance(1_000);
    expect(paged).toHaveLength(1);
    expect(await codeOf(orchestrator.suppressions.get({ channel: "none", recipient }))).toBe("unknown_name");
  });

  it("by a vendor's report comes with the report", async () => {
    const paged: OutboundMessage[] = [];
    let report: () => Promise<void> = async () => undefined;
    const channel = pager(paged, () => ({ outcome: "sent", externalId: "V1" }));
    const { orchestrator, clock } = await harness({
      plugins: [
        {
          specVersion: 1,
          name: "pager",
          setup(host) {
            host.channel(channel);
            report = () =>
              host.reportStatus({ channel: "pager", externalId: "V1", status: "bounced", suppress: true });
          },
        },
      ],
    });
    const { id } = await orchestrator.createSession({ recipient });
    await orchestrator.send(id, { content: "Hello", channel: "pager" });
    await clock.advance(1);
    await report();
    expect((await orchestrator.suppressions.get({ channel: "pager", recipient }))?.source).toBe("report");
  });
});

describe("kill switches", () => {
  it("of a channel is like a channel that is disabled, until it is released", async () => {
    const paged: OutboundMessage[] = [];
    const { orchestrator, clock, sent } = await harness({ plugins: [channelPlugin(pager(paged))] });
    const events: string[] = [];
    orchestrator.on("kill_switch.engaged", ({ data }) => void events.push(`engaged ${data.name}`));
    orchestrator.on("kill_switch.released", ({ data }) => void events.push(`released ${data.name}`));
    await orchestrator.killSwitches.engage({ channel: "pager", reason: "wrong texts" });
    await orchestrator.killSwitches.engage({ channel: "pager", reason: "again" });
    const { id } = await orchestrator.createSession({ recipient });
    const { deliveryId } = await orchestrator.send(id, { content: "Hello", channel: "pager" });
    await clock.advance(1_000);
    expect([paged.length, sent.length]).toEqual([0, 1]);
    expect((await orchestrator.getDelivery(deliveryId)).skips[0]?.reason).toContain("wrong texts");
    expect(await orchestrator.killSwitches.list()).toMatchObject([{ scope: "channel", name: "pager" }]);
    expect(await orchestrator.killSwitches.release({ channel: "pager" })).toBe(true);
    expect(await orchestrator.killSwitches.release({ channel: "pager" })).toBe(false);
    await orchestrator.send(id, { content: "Hello", channel: "pager" });
    await clock.advance(1_000);
    expect(paged).toHaveLength(1);
    expect(events).toEqual(["engaged pager", "released pager"]);
  });

  it("of a workflow stops what software says there, and asks no agent; what a human sends leaves", async () => {
    let asked = 0;
    const { orchestrator, clock, sent } = await harness({
      plugins: [
        {
          specVersion: 1,
          name: "agents",
          setup: (host) =>
            host.agent({
              name: "helper",
              analyze: async () => {
                asked += 1;
                return { action: "prompt_user", message: "Hi", reasoning: "", confidence: 1, metadata: {} };
              },
              async *respond() {
                yield "Hi";
              },
            }),
        },
      ],
      triggers: [
        {
          name: "quiet",
          condition: { type: "no_activity", seconds: 10 },
          action: [{ type: "send", message: "Still there?" }, { type: "ask_agent" }],
        },
      ],
    });
    await orchestrator.killSwitches.engage({ workflow: "loan", reason: "wrong rates" });
    const { id } = await orchestrator.createSession({ recipient, workflow: "loan" });
    await orchestrator.createSession({ recipient, workflow: "other" });
    await orchestrator.send(id, { content: "by hand" });
    await clock.advance(20_000);
    expect(asked).toBe(1);
    expect(sent.map(({ sessionId, content }) => [sessionId === id, content]).sort()).toEqual([
      [false, "Hi"],
      [false, "Still there?"],
      [true, "by hand"],
    ]);
    const { items } = await orchestrator.listDeliveries({ session: id, status: ["suppressed"], limit: 10 });
    expect(items.map(({ reason }) => reason)).toEqual([
      "the kill switch of workflow loan is engaged: wrong rates",
    ]);
    await orchestrator.killSwitches.engage({ agent: "helper", reason: "rude" });
    const third = await orchestrator.createSession({ recipient, workflow: "other" });
    await clock.advance(20_000);
    expect(asked).toBe(1);
    expect(sent.filter(({ sessionId }) => sessionId === third.id)).toMatchObject([
      { content: "Still there?" },
    ]);
    const { events } = await orchestrator.readEvents({ session: third.id });
    expect(events.find(({ type }) => type === "agent.failed")?.data).toMatchObject({
      error: "Not asked: the kill switch of agent helper is engaged: rude",
    });
  });
});

describe("a channel that fails again and again", () => {
  it("is left alone for a while, and tried with one message when that is over", async () => {
    const paged: OutboundMessage[] = [];
    let answer: SendResult = { outcome: "misconfigured", reason: "no key" };
    const { orchestrator, clock, sent } = await harness({
      plugins: [channelPlugin(pager(paged, () => answer))],
      delivery: { channels: { pager: { breaker: { failures: 2, openMs: 60_000 } } } },
    });
    const { id } = await orchestrator.createSession({ recipient });
    const page = async (count: number) => {
      for (let n = 0; n < count; n += 1) await orchestrator.send(id, { content: "Hello", channel: "pager" });
      await clock.advance(100);
    };
    await page(1);
    await page(1);
    await page(3);
    expect([paged.length, sent.length]).toEqual([2, 5]);
    expect((await orchestrator.preview(id, { content: "x", channel: "pager" })).skips).toContainEqual({
      channel: "pager",
      reason: "has failed too often, its breaker is open",
    });
    answer = { outcome: "sent" };
    await clock.advance(60_000);
    await page(1);
    await page(3);
    expect([paged.length, sent.length]).toEqual([6, 5]);
  });

  it("keeps what has no other channel until it is tried again", async () => {
    const paged: OutboundMessage[] = [];
    let answer: SendResult = { outcome: "permanent", reason: "no" };
    const { orchestrator, clock } = await harness({
      plugins: [channelPlugin(pager(paged, () => answer))],
      delivery: { channels: { pager: { breaker: { failures: 1, openMs: 60_000 } } } },
    });
    orchestrator.channels.unregister("test");
    const { id } = await orchestrator.createSession({ recipient });
    answer = { outcome: "misconfigured", reason: "no key" };
    await orchestrator.send(id, { content: "first" });
    await clock.advance(100);
    answer = { outcome: "sent" };
    const { deliveryId } = await orchestrator.send(id, { content: "second" });
    await clock.advance(30_000);
    expect((await orchestrator.getDelivery(deliveryId)).status).toBe("pending");
    await clock.advance(31_000);
    expect((await orchestrator.getDelivery(deliveryId)).status).toBe("sent");
  });
});

describe("a channel that ignores its abort signal", () => {
  it("has no more sends hanging than it may have under way, and others take over", async () => {
    const paged: OutboundMessage[] = [];
    const release: (() => void)[] = [];
    const hang = () => new Promise<SendResult>((resolve) => release.push(() => resolve({ outcome: "sent" })));
    const { orchestrator, clock, sent } = await harness({
      plugins: [channelPlugin(pager(paged, hang))],
      delivery: { channels: { pager: { concurrency: 2, timeoutMs: 1_000, breaker: null } } },
    });
    const { id } = await orchestrator.createSession({ recipient, ttlSeconds: null });
    for (let n = 0; n < 6; n += 1) {
      await orchestrator.send(id, { content: "Hello", channel: "pager" });
      await clock.advance(5_000);
    }
    expect([paged.length, sent.length]).toEqual([2, 4]);
    for (const end of release) end();
    await clock.advance(10_000);
    await orchestrator.send(id, { content: "Hello", channel: "pager" });
    await clock.advance(100);
    expect(paged).toHaveLength(3);
    for (const end of release) end();
  });
});

describe("a rate", () => {
  it("spreads what is sent at once, each in its turn, without another channel and without spinning", async () => {
    const paged: OutboundMessage[] = [];
    const at: number[] = [];
    const { orchestrator, clock, sent } = await harness({
      plugins: [
        channelPlugin(
          pager(paged, () => {
            at.push(clock.now());
            return { outcome: "sent" };
          }),
        ),
      ],
      delivery: { channels: { pager: { rate: { perSecond: 2, burst: 3 } } } },
    });
    const begunAt = clock.now();
    const { id } = await orchestrator.createSession({ recipient });
    await Promise.all(
      Array.from({ length: 9 }, () => orchestrator.send(id, { content: "x", channel: "pager" })),
    );
    const before = (await orchestrator.getSession(id)).version;
    await clock.advance(10_000);
    expect(sent).toHaveLength(0);
    expect(at.map((moment) => moment - begunAt)).toEqual([0, 0, 0, 500, 1_000, 1_500, 2_000, 2_500, 3_000]);
    // A begin and a settle for each, and a wait or two.
    expect((await orchestrator.getSession(id)).version - before).toBeLessThan(9 * 5);
  });
});
