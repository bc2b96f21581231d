/** What is kept of a session's screen at most. */
export const limits = {
  /** Fields that a snapshot may have and a state keeps. */
  fields: 512,
  /** Characters of a field's id, a screen's or a step's name. */
  nameLength: 200,
  /** Characters of a value's JSON text; longer ones are cut. */
  valueLength: 500,
  /** Characters of a field's error. */
  errorLength: 500,
  /** UTF-8 bytes of a snapshot's fields as JSON. */
  bytes: 64 * 1024,
} as const;
