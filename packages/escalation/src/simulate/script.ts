import { presenceSchema } from "@hybrid-orchestrator/core";
import { z } from "zod";

const name = z.string().min(1).max(100);
const text = z.string().min(1).max(2_000);
const seconds = z
  .number()
  .positive()
  .max(365 * 86_400);
const when = {
  /** From the start of the simulation. What has the same moment happens in the order of the list. */
  afterSeconds: z
    .number()
    .min(0)
    .max(365 * 86_400),
};
const byWorker = { ...when, worker: name };

/** What people do meanwhile. What the machine refuses is part of the simulation, too. */
export const scriptSchema = z.array(
  z.discriminatedUnion("action", [
    z.strictObject({ ...byWorker, action: z.literal("presence"), presence: presenceSchema }),
    z.strictObject({ ...byWorker, action: z.literal("claim") }),
    z.strictObject({ ...byWorker, action: z.literal("decline"), reason: text.optional() }),
    z.strictObject({ ...byWorker, action: z.literal("reply"), text: text.default("Hello.") }),
    z.strictObject({ ...byWorker, action: z.literal("release"), reason: text.default("given back") }),
    /** Without seconds: until the user writes. */
    z.strictObject({ ...byWorker, action: z.literal("snooze"), seconds: seconds.optional() }),
    z.strictObject({
      ...byWorker,
      action: z.literal("transfer"),
      to: z.union([z.strictObject({ worker: name }), z.strictObject({ queue: name })]),
      seconds: seconds.default(120),
    }),
    z.strictObject({ ...byWorker, action: z.literal("hand_back"), note: text.default("It is solved.") }),
    z.strictObject({ ...byWorker, action: z.literal("resolve"), outcome: text.default("resolved") }),
    z.strictObject({ ...when, action: z.literal("cancel"), reason: text.default("cancelled") }),
    z.strictObject({ ...when, action: z.literal("user_writes"), text: text.default("Hello?") }),
  ]),
);
export type Script = z.input<typeof scriptSchema>;
export type ScriptedAction = z.output<typeof scriptSchema>[number];
