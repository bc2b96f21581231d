import { createHash, randomBytes, randomFillSync } from "node:crypto";

const randomPool = Buffer.alloc(4096);
let poolOffset = randomPool.length;
let lastAt = -1;
let time = "";
let counter = 0;

// By a table: an id is made for every activity, and the usual conversions take ten times as long.
const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(offset: number): string {
  return hexOf[randomPool[offset] ?? 0] ?? "";
}

/**
 * A UUID version 7 (RFC 9562): its first 48 bits are `at`, so ids sort by time; ids made in one process in one
 * millisecond sort by creation (the RFC's method 1, a 12-bit counter in `rand_a`).
 */
export function createId(at: number): string {
  const millisecond = Math.max(at, 0);
  if (millisecond === lastAt) counter = (counter + 1) & 0xfff;
  else {
    counter = 0;
    lastAt = millisecond;
    const digits = Math.floor(millisecond).toString(16).padStart(12, "0");
    time = `${digits.slice(0, 8)}-${digits.slice(8)}`;
  }
  if (poolOffset + 8 > randomPool.length) {
    randomFillSync(randomPool);
    poolOffset = 0;
  }
  const from = poolOffset;
  poolOffset += 8;
  // The variant, binary 10, stands in the first two bits.
  const high = hexOf[((randomPool[from] ?? 0) & 0x3f) | 0x80] ?? "";
  return `${time}-7${counter.toString(16).padStart(3, "0")}-${high}${hex(from + 1)}-${hex(from + 2)}${hex(from + 3)}${hex(from + 4)}${hex(from + 5)}${hex(from + 6)}${hex(from + 7)}`;
}

const tokenPattern = /^ses_[A-Za-z0-9_-]{22}$/;

/** A session access token: `ses_` and 128 random bits in base64url. A secret; only its hash is stored. */
export function createToken(): string {
  return `ses_${randomBytes(16).toString("base64url")}`;
}

export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

/** SHA-256 in hexadecimal. Enough for 128 random bits, which cannot be guessed from a list of likely values. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** SHA-256 of several texts as one, in hexadecimal, for ids that must not show what they are made of. */
export function hashParts(...parts: readonly string[]): string {
  return hashToken(JSON.stringify(parts));
}
