import { z } from "zod";

/**
 * Whether a name, an id or another text that is looked up by can be kept by every storage. PostgreSQL's text cannot hold
 * U+0000, and half a surrogate pair is no character, so UTF-8 has none for it. Values are not concerned: JSON escapes
 * both.
 */
export function isStorableText(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** A text that is looked up by: {@link isStorableText}. */
export const storableText = z
  .string()
  .refine(isStorableText, "must not hold U+0000 or half a surrogate pair, which not every database can keep");
