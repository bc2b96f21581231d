import { hashParts, type JsonObject } from "@hybrid-orchestrator/core";
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
  /** Who said so: a channel's answer, a vendor's report, the person there, or a caller. */
  source: z.enum(["send", "report", "inbound", "api"]),
  since: z.number(),
});
/** Why and since when nothing is written to an address. */
export type Suppression = z.infer<typeof suppressionSchema>;

const stateSchema = z.object({
  suppression: suppressionSchema.nullable(),
  /** The session that was the last to write to it, on a channel on which an answer may come. */
  lastSession: z.object({ id: z.string(), at: z.number() }).nullable().default(null),
  /** The newest messages that went to it as a worker's address, oldest first. */
  notices: z.array(z.object({ deliveryId: z.string(), sessionId: z.string(), at: z.number() })).default([]),
  /** By calendar day and delivery, what of that day's cap is taken. */
  days: z.record(z.string(), z.record(z.string(), slotSchema)),
});
/** What is kept of one address on one channel. Holds no address and no name. */
export type AddressState = z.infer<typeof stateSchema>;

const dayMs = 86_400_000;
/** An answer that comes later belongs to no session. */
const answerMs = 30 * dayMs;
/** So that a session that writes often is not noted each time. */
const noteAgainMs = dayMs;
/** Of what went to a worker's address: so many may be answered. */
const mostNotices = 20;

/** The document's id. A hash, so that an address stands in no id; one that can be guessed can be found again. */
export function addressId(channel: string, destination: string): string {
  return `address:${hashParts(channel, destination)}`;
}

export function readAddressState(body: JsonObject | null): AddressState {
  return body === null
    ? { suppression: null, lastSession: null, notices: [], days: {} }
    : stateSchema.parse(body);
}

/**
 * A record in which nothing matters any more is kept so long. Were it removed at once, its versions would begin anew,
 * and a slow writer who has seen version 1 of the old record could overwrite version 1 of the next.
 */
const emptyMs = 3_600_000;

/** As it is to be stored. */
export function toDocument(
  { suppression, lastSession, notices, days }: AddressState,
  now: number,
): { readonly body: JsonObject; readonly expiresAt: number | null } {
  const kept = Object.entries(days).filter(
    ([day, slots]) => endOfDay(day) > now && Object.keys(slots).length > 0,
  );
  const awaited = lastSession !== null && lastSession.at + answerMs > now ? lastSession : null;
  const ends = kept.map(([day]) => endOfDay(day));
  if (awaited !== null) ends.push(awaited.at + answerMs);
  const answerable = notices.filter(({ at }) => at + answerMs > now);
  ends.push(...answerable.map(({ at }) => at + answerMs));
  const expiresAt = suppression === null ? Math.max(now + emptyMs, ...ends) : null;
  const body = z.json().parse({
    suppression,
    lastSession: awaited,
    ...(answerable.length > 0 && { notices: answerable }),
    days: Object.fromEntries(kept),
  });
  return { body: body as JsonObject, expiresAt };
}

/** Stops everything to this address. What was known first stays: it tells since when. */
export function suppressed(state: AddressState, suppression: Suppression): AddressState {
  return state.suppression === null ? { ...state, suppression } : state;
}

export function unsuppressed(state: AddressState): AddressState {
  return state.suppression === null ? state : { ...state, suppression: null };
}

/** Notes which session an answer from this address would belong to. */
export function writtenToBy(state: AddressState, sessionId: string, now: number): AddressState {
  const { lastSession, notices } = state;
  // Where workers are written to as well, the later of both is the one that is answered.
  const isNewest = (notices.at(-1)?.at ?? 0) < (lastSession?.at ?? 0);
  const isNoted = lastSession?.id === sessionId && isNewest && now - lastSession.at < noteAgainMs;
  return isNoted ? state : { ...state, lastSession: { id: sessionId, at: now } };
}

/** Notes a message that went there as to a worker. */
export function notified(
  state: AddressState,
  { deliveryId, sessionId }: { readonly deliveryId: string; readonly sessionId: string },
  now: number,
): AddressState {
  const others = state.notices.filter((notice) => notice.deliveryId !== deliveryId);
  return { ...state, notices: [...others, { deliveryId, sessionId, at: now }].slice(-mostNotices) };
}

/** What a worker's answer from this address may be about, newest first. */
export function noticesTo({ notices }: AddressState, now: number): AddressState["notices"] {
  return notices.filter(({ at }) => at + answerMs > now).reverse();
}

/** The session that an answer from this address belongs to. */
export function answeredSession({ lastSession }: AddressState, now: number): string | null {
  return lastSession !== null && lastSession.at + answerMs > now ? lastSession.id : null;
}

/** By then the day is over in every time zone, and clocks that go a little wrong have seen it end as well. */
function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 2 * dayMs;
}
