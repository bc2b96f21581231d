import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether two texts are equal, in a time that does not depend on where they differ. They may have different lengths:
 * their hashes are compared, so that not even the length of a secret shows.
 */
export function equalText(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
