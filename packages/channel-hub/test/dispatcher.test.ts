import { type Channel, OrchestratorError, type SendResult, silentLogger } from "@hybrid-orchestrator/core";
import {
  failingChannel,
  floodingChannel,
  hangingChannel,
  lyingChannel,
  sendingChannel,
  throwingChannel,
  twiceAnsweringChannel,
  virtualClock,
} from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { createChannelHub, createDispatcher } from "../src/index.js";
import { memoryOutbox } from "./outbox.js";
import { start } from "./support.js";

function setup(channels: readonly Channel[], concurrency = 8) {
  const clock = virtualClock(start);
  const hub = createChannelHub();
  for (const channel of channels) hub.register(channel, { concurrency });
  const outbox = memoryOutbox(hub, clock);
  const logged: unknown[] = [];
  const logger = {
    ...silentLogger,
    error: (message: string, fields?: object) => void logged.push({ message, ...fields }),
  };
  const dispatcher = createDispatcher({ hub, outbox, clock, logger });
  const only = () => [...outbox.effects.values()][0]!;
  return { clock, hub, outbox, dispatcher, logged, only };
}

const idempotent = { capabilities: { idempotent: true } };

describe("one send", () => {
  it("hands over the message with its key, and settles what came of it", async () => {
    const channel = sendingChannel({ name: "email" });
    const { outbox, dispatcher, only } = setup([channel]);
    const ref = outbox.add();
    await dispatcher.dispatch(ref);
    expect(channel.calls).toMatchObject([
      {
        message: { deliveryId: ref.effectId, content: "Do you need help?" },
        idempotencyKey: `${ref.effectId}:1:email`,
      },
    ]);
    expect(only().delivery.status).toBe("sent");
    expect(dispatcher.inFlight).toBe(0);
  });

  it("uses one key for all tries on a channel", async () => {
    const channel = failingChannel([{ outcome: "retryable", reason: "503" }, { outcome: "sent" }], {
      name: "email",
    });
    const { clock, outbox, dispatcher, only } = setup([channel]);
    outbox.add();
    outbox.pump(dispatcher);
    await clock.advance(1_000);
    outbox.pump(dispatcher);
    await dispatcher.idle();
    expect(only().delivery.status).toBe("sent");
    expect(new Set(channel.calls.map((call) => call.idempotencyKey)).size).toBe(1);
  });

  it("gives the channel a copy, so that nothing it does to the message comes back", async () => {
    const vandal: Channel = {
      ...sendingChannel({ name: "email" }),
      async send(message) {
        Object.assign(message.recipient, { email: "thief@example.com" });
        return { outcome: "sent" };
      },
    };
    const { outbox, dispatcher, only } = setup([vandal]);
    await dispatcher.dispatch(outbox.add());
    expect(only().delivery.message.recipient.email).toBe("ada@example.com");
  });
});

describe("a channel that misbehaves", () => {
  it.each<[string, Channel, SendResult]>([
    [
      "throws",
      throwingChannel({ name: "email", error: new Error("no way to ada@example.com") }),
      { outcome: "ambiguous", reason: "the channel failed: no way to [email]" },
    ],
    [
      "throws after sending",
      throwingChannel({ name: "email", afterSending: true }),
      { outcome: "ambiguous", reason: "the channel failed: the test channel throws" },
    ],
    [
      "throws and deduplicates",
      throwingChannel({ name: "email", ...idempotent }),
      { outcome: "retryable", reason: "the channel failed: the test channel throws" },
    ],
    [
      "throws no error",
      throwingChannel({ name: "email", error: { not: "an error" } }),
      { outcome: "ambiguous", reason: "the channel failed: an unknown error" },
    ],
    [
      "throws before it returns a promise",
      {
        ...sendingChannel({ name: "email" }),
        send: () => {
          throw new Error("at once");
        },
      },
      { outcome: "ambiguous", reason: "the channel failed: at once" },
    ],
    ["answers twice", twiceAnsweringChannel({ name: "email" }), { outcome: "sent" }],
    [
      "answers nothing",
      lyingChannel([undefined], { name: "email" }),
      { outcome: "ambiguous", reason: "the channel's answer was not a valid result" },
    ],
    [
      "answers a word",
      lyingChannel(["ok"], { name: "email" }),
      { outcome: "ambiguous", reason: "the channel's answer was not a valid result" },
    ],
    [
      "answers an outcome of its own",
      lyingChannel([{ outcome: "queued" }], { name: "email" }),
      { outcome: "ambiguous", reason: "the channel's answer was not a valid result" },
    ],
    [
      "answers what throws when it is read",
      lyingChannel(
        [
          {
            get outcome() {
              throw new Error("gotcha");
            },
          },
        ],
        { name: "email" },
      ),
      { outcome: "ambiguous", reason: "the channel's answer was not a valid result" },
    ],
    [
      "answers details of the wrong kind",
      lyingChannel([{ outcome: "sent", externalId: 17, status: "flying" }], { name: "email" }),
      { outcome: "sent", externalId: "17" },
    ],
    [
      "answers an id that not every database can keep",
      lyingChannel([{ outcome: "sent", externalId: "a\0b" }], { name: "email" }),
      { outcome: "sent" },
    ],
    [
      "answers an impossible Retry-After",
      failingChannel([{ outcome: "retryable", reason: "later", retryAfterMs: Number.NaN }], {
        name: "email",
      }),
      { outcome: "retryable", reason: "later" },
    ],
    [
      "gives no reason",
      lyingChannel([{ outcome: "permanent" }], { name: "email" }),
      { outcome: "permanent", reason: "the channel gave no reason" },
    ],
  ])("%s", async (_name, channel, expected) => {
    const { outbox, dispatcher } = setup([channel]);
    await dispatcher.dispatch(outbox.add());
    expect(outbox.settled.map(({ result }) => result)).toEqual([expected]);
  });

  it("floods: its text is cut and masked, in the record and in the log", async () => {
    const { outbox, dispatcher, only } = setup([floodingChannel({ name: "email" })]);
    await dispatcher.dispatch(outbox.add());
    const text = JSON.stringify(only());
    expect(text.length).toBeLessThan(5_000);
    expect(only().delivery.attempts[0]?.reason).toMatch(
      /^call \[number\] or write to \[email\] with Bearer \[secret\]/,
    );
  });

  it("hangs: it is aborted at its timeout, and nobody knows", async () => {
    let aborted: unknown;
    const hanging = hangingChannel({ name: "sms", ignoresAbort: true });
    const channel: Channel = {
      ...hanging,
      send(message, options) {
        options.signal.addEventListener("abort", () => {
          aborted = options.signal.reason;
        });
        return hanging.send(message, options);
      },
    };
    const { clock, outbox, dispatcher, only } = setup([channel]);
    outbox.add({ channel: "sms" });
    outbox.pump(dispatcher);
    await clock.advance(29_999);
    expect(dispatcher.inFlight).toBe(1);
    await clock.advance(1);
    await dispatcher.idle();
    expect(String(aborted)).toContain("no answer within 30000 ms");
    expect(only().delivery).toMatchObject({
      status: "waiting",
      attempts: [{ outcome: "ambiguous", reason: "no answer within 30000 ms" }],
    });
  });

  it.each([
    [{ outcome: "sent", externalId: "late" } as const, "sent", 2],
    [{ outcome: "permanent", reason: "too late" } as const, "waiting", 1],
    // The attempt stays as it is; the opt-out is handed on all the same.
    [{ outcome: "permanent", reason: "STOP", suppress: true } as const, "waiting", 2],
  ])("answers late: %j counts only as good news or as an opt-out", async (result, status, settles) => {
    const channel = hangingChannel({ name: "sms", ignoresAbort: true });
    const { clock, outbox, dispatcher, only } = setup([channel]);
    outbox.add({ channel: "sms" });
    outbox.pump(dispatcher);
    await clock.advance(30_000);
    await dispatcher.idle();
    channel.release(result);
    await clock.advance(1);
    await dispatcher.idle();
    expect(only().delivery.status).toBe(status);
    expect(outbox.settled).toHaveLength(settles);
  });

  // In the seed one throwing channel stops the rest of the sweep, and sends run one after another.
  it("harms no other channel", async () => {
    const good = sendingChannel({ name: "email" });
    const { clock, outbox, dispatcher } = setup([
      throwingChannel({ name: "broken" }),
      hangingChannel({ name: "stuck", ignoresAbort: true }),
      lyingChannel([null], { name: "liar" }),
      good,
    ]);
    for (const channel of ["broken", "stuck", "liar", "email"])
      for (let count = 0; count < 20; count += 1) outbox.add({ channel });
    outbox.pump(dispatcher);
    await clock.advance(1);
    for (let round = 0; round < 10; round += 1) {
      outbox.pump(dispatcher);
      await clock.advance(1);
    }
    expect(good.effects).toHaveLength(20);
    expect(dispatcher.capacity()).toEqual({ broken: 8, email: 8, liar: 8, stuck: 0 });
  });
});

describe("concurrency", () => {
  it("never exceeds a channel's own bound, and counts down its capacity", async () => {
    const channel = hangingChannel({ name: "sms", ignoresAbort: true });
    const { clock, outbox, dispatcher } = setup([channel], 3);
    for (let count = 0; count < 10; count += 1) outbox.add({ channel: "sms" });
    expect(dispatcher.capacity()).toEqual({ sms: 3 });
    outbox.pump(dispatcher);
    await clock.advance(1);
    expect(channel.calls).toHaveLength(3);
    expect(dispatcher.capacity()).toEqual({ sms: 0 });
    channel.release({ outcome: "sent" });
    await clock.advance(1);
    expect(dispatcher.capacity()).toEqual({ sms: 3 });
    outbox.pump(dispatcher);
    await clock.advance(1);
    expect(channel.calls).toHaveLength(6);
  });

  it("keeps to the bound when deliveries are sent another way at the last moment", async () => {
    const slack = hangingChannel({ name: "slack", ignoresAbort: true });
    const { clock, hub, outbox, dispatcher } = setup([sendingChannel({ name: "email" }), slack], 2);
    for (let count = 0; count < 6; count += 1) outbox.add();
    hub.unregister("email");
    for (let round = 0; round < 5; round += 1) {
      outbox.pump(dispatcher);
      await clock.advance(1);
    }
    expect(slack.calls).toHaveLength(2);
    expect([...outbox.effects.values()].map((effect) => effect.lane)).toEqual(Array(6).fill("slack"));
  });
});

describe("a storage that fails", () => {
  it("is asked again, with pauses, until the outcome is kept", async () => {
    const { clock, outbox, dispatcher, only, logged } = setup([sendingChannel({ name: "email" })]);
    let failures = 0;
    outbox.beforeSettle = () => {
      failures += 1;
      if (failures <= 4) throw new OrchestratorError("storage_busy", "locked");
    };
    outbox.add();
    outbox.pump(dispatcher);
    await clock.advance(1_499);
    expect(only().delivery.status).toBe("sending");
    await clock.advance(1);
    expect(only().delivery.status).toBe("sent");
    expect(logged).toEqual([]);
  });

  it.each([
    ["for long", () => new Error("disk of ada@example.com"), 5],
    ["for good", () => new OrchestratorError("storage_closed", "closed"), 1],
  ])("%s leaves the attempt to its lease, and says so in the log", async (_name, error, tries) => {
    const { clock, outbox, dispatcher, only, logged } = setup([sendingChannel({ name: "email" })]);
    let asked = 0;
    outbox.beforeSettle = () => {
      asked += 1;
      throw error();
    };
    outbox.add();
    outbox.pump(dispatcher);
    await clock.advance(10_000);
    await dispatcher.idle();
    expect(asked).toBe(tries);
    expect(only().delivery.status).toBe("sending");
    expect(JSON.stringify(logged)).toContain("its lease will bring it back");
    expect(JSON.stringify(logged)).not.toContain("ada@");
  });

  it("does not reject a dispatch that cannot be begun", async () => {
    const { dispatcher, logged } = setup([sendingChannel({ name: "email" })]);
    await dispatcher.dispatch({ sessionId: "s", effectId: "unknown", lane: "email" });
    expect(JSON.stringify(logged)).toContain("could not be begun");
    expect(dispatcher.capacity()).toEqual({ email: 8 });
  });
});

describe("stopping", () => {
  it("waits for what is under way", async () => {
    const channel = hangingChannel({ name: "email" });
    const { clock, outbox, dispatcher, only } = setup([channel]);
    outbox.add();
    outbox.pump(dispatcher);
    await clock.advance(1);
    const stopped = dispatcher.stop(5_000);
    channel.release({ outcome: "sent" });
    await stopped;
    expect(only().delivery.status).toBe("sent");
    expect(clock.pendingTimers).toBe(0);
  });

  // In the seed, stopping mid-send loses the message and counts it as sent.
  it("aborts what takes too long, and records that nobody knows", async () => {
    const { clock, outbox, dispatcher, only } = setup([hangingChannel({ name: "sms", ignoresAbort: true })]);
    outbox.add({ channel: "sms" });
    outbox.pump(dispatcher);
    await clock.advance(1);
    const stopped = dispatcher.stop(5_000);
    await clock.advance(5_000);
    await stopped;
    expect(only().delivery).toMatchObject({
      status: "waiting",
      attempts: [{ outcome: "ambiguous", reason: "the process stopped while it was being sent" }],
    });
  });

  it("takes nothing more", async () => {
    const channel = sendingChannel({ name: "email" });
    const { outbox, dispatcher } = setup([channel]);
    const ref = outbox.add();
    await dispatcher.stop(0);
    await dispatcher.dispatch(ref);
    expect(channel.calls).toEqual([]);
    expect(dispatcher.capacity()).toEqual({ email: 0 });
  });
});
