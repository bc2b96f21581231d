import type { NewMessage, OutboundMessage, SendResult } from "@hybrid-orchestrator/core";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { channelPlugin, harness, recordingChannel } from "./harness.js";

/** When the clocks are changed: Berlin's forward, Sydney's back by an hour, Lord Howe's by half an hour. */
const changes = {
  "Europe/Berlin": Date.UTC(2026, 2, 29, 1),
  "Australia/Sydney": Date.UTC(2026, 3, 4, 16),
  "Australia/Lord_Howe": Date.UTC(2026, 3, 4, 15),
};
const zones = Object.keys(changes);
const start = Date.UTC(2026, 2, 28, 22);
const weekMs = 7 * 86_400_000;
const minuteMs = 60_000;
const maxPerDay = 2;
const [people, sessions, messages] = [200, 1_000, 2_400];

interface Planned {
  readonly at: number;
  readonly person: number;
  readonly session: number;
  readonly kind: "prompt" | "follow_up";
  readonly urgency: "normal" | "critical";
  readonly fails: boolean;
}

/** A generator of numbers from 0 to 1 that a seed determines (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function plan(seed: number): Planned[] {
  const random = randomFrom(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const taken = new Set<number>();
  const planned: Planned[] = [];
  while (planned.length < messages) {
    const at = start + whole(weekMs / 1_000) * 1_000 + 137;
    if (taken.has(at)) continue;
    taken.add(at);
    const session = whole(sessions);
    const kind = random() < 0.5 ? "prompt" : "follow_up";
    const urgency = random() < 0.1 ? "critical" : "normal";
    // Not what may be held: which of those that leave together takes the last slot is nobody's business.
    const fails = kind === "prompt" && random() < 0.2;
    planned.push({ at, session, person: session % people, kind, urgency, fails });
  }
  return planned.sort((a, b) => a.at - b.at);
}

const zoneOf = (person: number) => zones[person % zones.length] ?? "UTC";

const formats = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("en-CA", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
  ]),
);

/** `2026-03-29, 08:00`, as Intl says it. */
function wall(at: number, zone: string): string {
  return formats.get(zone)?.format(at) ?? "";
}
function isQuiet(at: number, zone: string): boolean {
  const time = wall(at, zone).slice(-5);
  return time >= "21:00" || time < "08:00";
}

const nights = new Map<string, { from: number; end: number }[]>();
function endOfQuiet(at: number, zone: string): number {
  const known = nights.get(zone) ?? [];
  nights.set(zone, known);
  const night = known.find(({ from, end }) => from <= at && at < end);
  if (night !== undefined) return night.end;
  let end = Math.floor(at / minuteMs) * minuteMs;
  while (isQuiet(end, zone)) end += minuteMs;
  known.push({ from: at, end });
  return end;
}

/** What must become of everything, person by person, in the order of time. */
function oracle(planned: readonly Planned[]): string[] {
  const story: string[] = [];
  for (let person = 0; person < people; person += 1) {
    const zone = zoneOf(person);
    const queue = planned.filter((one) => one.person === person).map((one) => ({ ...one, looked: one.at }));
    const used = new Map<string, number>();
    for (;;) {
      queue.sort((a, b) => a.looked - b.looked);
      const next = queue.shift();
      if (next === undefined) break;
      const { looked, kind, urgency, fails } = next;
      const tell = (what: string) => story.push(`${person} ${kind} ${urgency} ${what}`);
      if (urgency !== "critical" && isQuiet(looked, zone)) {
        if (kind === "prompt") tell("expired");
        else queue.push({ ...next, looked: endOfQuiet(looked, zone) });
        continue;
      }
      const day = wall(looked, zone).slice(0, 10);
      const count = used.get(day) ?? 0;
      if (count >= maxPerDay) tell("suppressed");
      else if (fails) tell("failed");
      else {
        used.set(day, count + 1);
        tell(`sent ${looked}`);
      }
    }
  }
  return story.sort();
}

it("a thousand sessions through a week in which three time zones change their clocks: quiet hours and caps come out exactly", async () => {
  const planned = plan(20_260_329);
  const clock = virtualClock(start);
  const sentAt = new Map<string, number>();
  const answer = ({ content, deliveryId }: OutboundMessage): SendResult => {
    if (content === "fails") return { outcome: "permanent", reason: "no" };
    sentAt.set(deliveryId, clock.now());
    return { outcome: "sent" };
  };
  const { orchestrator } = await harness({
    clock,
    plugins: [channelPlugin(recordingChannel("sms", [], answer))],
    delivery: {
      quietHours: { start: "21:00", end: "08:00" },
      channels: { sms: { maxPerDay, concurrency: 64 } },
    },
  });
  orchestrator.channels.unregister("test");
  const made = await Promise.all(
    Array.from({ length: sessions }, (_, session) => {
      const person = session % people;
      const recipient = { id: `person${person}`, timeZone: zoneOf(person) };
      return orchestrator.createSession({ recipient, ttlSeconds: null });
    }),
  );

  const deliveries: { readonly id: string; readonly planned: Planned }[] = [];
  for (const one of planned) {
    await clock.advance(one.at - clock.now());
    const message: NewMessage = {
      content: one.fails ? "fails" : "Hello",
      kind: one.kind,
      urgency: one.urgency,
    };
    const { deliveryId } = await orchestrator.send(made[one.session]?.id ?? "", message);
    deliveries.push({ id: deliveryId, planned: one });
  }
  await clock.advance(86_400_000);

  const story: string[] = [];
  for (const { id, planned: one } of deliveries) {
    const { status } = await orchestrator.getDelivery(id);
    const at = sentAt.get(id);
    story.push(
      `${one.person} ${one.kind} ${one.urgency} ${status}${status === "sent" ? ` ${String(at)}` : ""}`,
    );
  }
  const expected = oracle(planned);
  expect(story.sort()).toEqual(expected);
  // The week was worth the while: everything there is happened, and often.
  for (const what of ["expired", "suppressed", "failed", "sent"])
    expect(expected.filter((line) => line.includes(what)).length, what).toBeGreaterThan(50);
  for (const [zone, changedAt] of Object.entries(changes)) {
    expect(wall(start, zone).slice(-5), zone).not.toBe(wall(start + weekMs, zone).slice(-5));
    const night = nights.get(zone)?.some(({ from, end }) => from < changedAt && changedAt < end);
    expect(night, `something was held over the change in ${zone}`).toBe(true);
  }
}, 120_000);
