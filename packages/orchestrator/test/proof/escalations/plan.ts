import { type EscalationPolicyInput, escalationPolicySchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { channel, team } from "./scenario.js";

const member = fc.constantFrom(...team);
/** Whether a claim epoch is named: none, the one that stands there, or the one before it. */
const seen = fc.constantFrom("none" as const, "none" as const, "now" as const, "stale" as const);
const byWhom = fc.oneof(
  { weight: 4, arbitrary: fc.constant("holder" as const) },
  { weight: 1, arbitrary: member },
);

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const), worker: member, seen }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("race" as const), seen }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("twice" as const), worker: member, seen }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "reply",
        "reply",
        "release",
        "handBack",
        "resolve",
        "transfer",
        "transferToQueue",
        "snooze",
        "snoozeFor",
        "decline" as const,
      ),
      by: byWhom,
      to: member,
      seen,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("open", "open", "open", "question" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("write", "struggle" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("presence" as const),
      worker: member,
      to: fc.constantFrom("online", "online", "away", "offline", "heartbeat" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("propose", "proposeOwn", "take" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      worker: member,
      decision: fc.constantFrom("approve", "approve", "edit", "reject", "respond", "ignore" as const),
      reads: fc.constantFrom("this", "this", "this", "another", "nothing" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("cancel", "finish", "pause", "resume" as const) }),
  },
);
export type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

/** What happens at once, how far that gets, how long nothing happens then, and what becomes of the processes. */
const moment = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 4, size: "max" }),
  session: fc.nat(1),
  turns: fc.nat(8),
  seconds: fc.constantFrom(0, 0, 0.001, 1, 4, 9, 20, 45),
  change: fc.oneof(
    { weight: 8, arbitrary: fc.constant("nothing" as const) },
    { weight: 4, arbitrary: fc.constantFrom("crash", "stop", "boot", "new policy" as const) },
  ),
});
export type Moment = typeof moment extends fc.Arbitrary<infer Value> ? Value : never;

const target = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ queue: "support" }) },
  { weight: 2, arbitrary: member.map((worker) => ({ worker })) },
  { weight: 1, arbitrary: fc.constant({ channel }) },
);
const level = fc.record({
  targets: fc.array(target, { minLength: 0, maxLength: 2, size: "max" }),
  waitSeconds: fc.constantFrom(5, 10, 60),
  onNoTarget: fc.constantFrom("skip", "hold", "fall_back" as const),
  fallback: fc.array(target, { minLength: 1, maxLength: 2 }),
  assign: fc.constantFrom("notify", "offer" as const),
  offerSeconds: fc.constantFrom(5, 15),
  parallelOffers: fc.constantFrom(1, 2),
});
const policy: fc.Arbitrary<EscalationPolicyInput> = fc
  .record({
    levels: fc.array(level, { minLength: 1, maxLength: 3, size: "max" }),
    repeat: fc.record({ times: fc.nat(1) }),
    onExhausted: fc.constantFrom(
      { action: "back_to_ai" as const },
      { action: "take_contact" as const },
      { action: "expire" as const },
    ),
    acknowledgeSeconds: fc.constantFrom(null, 20),
    skipSeconds: fc.constantFrom(5, 60),
    ttlSeconds: fc.constantFrom(60, 300),
    slas: fc.constantFrom({}, { accept: { seconds: 15 } }),
    meanwhile: fc.constantFrom("hold", "assist" as const),
  })
  .map((given) => escalationPolicySchema.parse(given));

/** Everything that one history consists of; what fails when, and how long things take, follows from `seed`. */
export const plan = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  policies: fc.tuple(policy, policy),
  maxPerHour: fc.constantFrom(3, 50),
  sessions: fc.integer({ min: 1, max: 2 }),
  nodes: fc.integer({ min: 1, max: 3 }),
  capacity: fc.integer({ min: 1, max: 2 }),
  failure: fc.constantFrom(0, 0, 0.01, 0.05),
  death: fc.constantFrom(0, 0, 0.002, 0.01),
  slow: fc.boolean(),
  smallCache: fc.boolean(),
  moments: fc.array(moment, { minLength: 2, maxLength: 14, size: "max" }),
});
export type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;
