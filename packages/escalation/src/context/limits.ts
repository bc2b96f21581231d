/**
 * How much of a session a context package holds at most: far more than one page of anything. Past it the first and the
 * newest are kept, and `omitted` says how many are not there.
 */
export const contextLimits = {
  timeline: { first: 1_000, newest: 19_000 },
  /** Characters of one timeline entry's data as JSON text; what is longer is cut. */
  timelineDataLength: 1_000,
  messages: { first: 1_000, newest: 9_000 },
  /** Characters of one message: more than an activity can hold. */
  messageLength: 65_536,
  /** Characters of all messages together; then the first are kept, and the newest that have room. */
  messagesLength: 8 * 1024 * 1024,
  attempts: { first: 500, newest: 4_500 },
  sent: { first: 500, newest: 4_500 },
  firings: { first: 500, newest: 4_500 },
  /** Fields; past it those that were heard of least recently go. */
  fields: 5_000,
  /** Characters of a field's value, or of a call's arguments, as JSON text. */
  valueLength: 4_000,
  /** Earlier values that are kept of each field, the newest. */
  earlierValues: 10,
  promises: { first: 100, newest: 400 },
  escalations: { first: 50, newest: 450 },
} as const;
