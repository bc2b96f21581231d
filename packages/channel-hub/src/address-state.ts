import { hashToken, type JsonObject } from "@hybrid-orchestrator/core";
import { z } from "zod";

const slotSchema = z.discriminatedUnion("state", [
  /** A message has arrived, or may have. */
  z.object({ state: z.literal("used") }),
  /** An attempt is about to begin or under way; whether it used the slot up is known by `until` at the latest. */
  z.object({
    state: z.literal("held"),
    attemptId: z.string(),
    until: z.number(),
  }),
]);
export type Slot = z.infer<typeof slotSchema>;

const suppressionSchema = z.object({
  reason: z.string(),
  /** Who said so: a channel's answer, a vendor's report, or a caller. */
  source: z.enum(["send", "report", "api"]),
  since: z.number(),
});
/** Why and since when nothing is written to an address. */
export type Suppression = z.infer<typeof suppressionSchema>;

const stateSchema = z.object({
  suppression: suppressionSchema.nullable(),
  /** By calendar day and delivery, what of that day's cap is taken. */
  days: z.record(z.string(), z.record(z.string(), slotSchema)),
});
/** What is kept of one address on one channel. Holds no address and no name. */
export type AddressState = z.infer<typeof stateSchema>;

const dayMs = 86_400_000;

/** The document's id. A hash, so that an address stands in no id; one that can be guessed can be found again. */
export function addressId(channel: string, destination: string): string {
  return `address:${hashToken(JSON.stringify([channel, destination]))}`;
}

export function readAddressState(body: JsonObject | null): AddressState {
  return body === null ? { suppression: null, days: {} } : stateSchema.parse(body);
}

/**
 * A record in which nothing matters any more is kept so long. Were it removed at once, its versions would begin anew,
 * and a slow writer who has seen version 1 of the old record could overwrite version 1 of the next.
 */
const emptyMs = 3_600_000;

/** As it is to be stored. */
export function toDocument(
  { suppression, days }: AddressState,
  now: number,
): { readonly body: JsonObject; readonly expiresAt: number | null } {
  const kept = Object.entries(days).filter(
    ([day, slots]) => endOfDay(day) > now && Object.keys(slots).length > 0,
  );
  const expiresAt =
    suppression === null ? Math.max(now + emptyMs, ...kept.map(([day]) => endOfDay(day))) : null;
  const body = z.json().parse({ suppression, days: Object.fromEntries(kept) });
  return { body: body as JsonObject, expiresAt };
}

/** Stops everything to this address. What was known first stays: it tells since when. */
export function suppressed(state: AddressState, suppression: Suppression): AddressState {
  return state.suppression === null ? { ...state, suppression } : state;
}

export function unsuppressed(state: AddressState): AddressState {
  return state.suppression === null ? state : { ...state, suppression: null };
}

/** By then the day is over in every time zone, and clocks that go a little wrong have seen it end as well. */
function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 2 * dayMs;
}
