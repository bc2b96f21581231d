import { z } from "zod";
import { storableText } from "../text.js";
import { calendarSchema } from "./calendar.js";
import { recipientSchema } from "./recipient.js";

const name = storableText.min(1).max(100);

export const skillSchema = z.strictObject({
  name,
  /** From 1 to 10. */
  level: z.number().int().min(1).max(10).default(1),
});
/** Of a worker: how well. Of an escalation: how well at least. */
export type Skill = z.output<typeof skillSchema>;

export const presences = ["online", "busy", "away", "offline"] as const;
export type Presence = (typeof presences)[number];
export const presenceSchema = z.enum(presences);

export const workerSchema = z.strictObject({
  id: name,
  /** As the user may read it. */
  name: z.string().min(1).max(200),
  roles: z.array(name).max(50).default([]),
  skills: z.array(skillSchema).max(100).default([]),
  queues: z.array(name).max(50).default([]),
  capacity: z
    .strictObject({
      /** How many escalations at once. */
      total: z.number().int().min(0).max(1_000).default(3),
      /** How many of them at most of each channel kind, e.g. `{ voice: 1 }`. */
      perChannel: z.record(name, z.number().int().min(0).max(1_000)).default({}),
    })
    .default({ total: 3, perChannel: {} }),
  /** Working hours. Default: whenever online. */
  hours: calendarSchema.optional(),
  /** Where notices reach this person. Default: nowhere but where a team reads. */
  contact: recipientSchema.omit({ id: true, name: true, available: true }).optional(),
});
/** A person who can take over. */
export type Worker = z.output<typeof workerSchema>;
export type NewWorker = z.input<typeof workerSchema>;

/** One place of a worker's capacity that is taken. */
export interface CapacitySlot {
  readonly escalationId: string;
  readonly sessionId: string;
  /** The channel kind it counts as. */
  readonly channel: string;
  /** `reserved`: for an offer or a claim that is on its way, until `until`. `held`: until the escalation says otherwise. */
  readonly state: "reserved" | "held";
  readonly until: number | null;
}

/** What is kept of a worker. */
export interface WorkerRecord extends Worker {
  readonly presence: Presence;
  readonly presenceSince: number;
  /** While a connection is kept alive: when it counts as lost. Null: presence is as it was set. */
  readonly connectedUntil: number | null;
  readonly slots: readonly CapacitySlot[];
  /** When the last slot was given back: who has been idle longest goes first. */
  readonly idleSince: number;
}
