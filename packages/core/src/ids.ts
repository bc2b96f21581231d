import { createHash, randomBytes, randomFillSync } from "node:crypto";

const randomPool = new Uint32Array(1024);
let poolOffset = randomPool.length;
let lastAt = -1;
let time = "";
let counter = 0;

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
  if (poolOffset >= randomPool.length) {
    randomFillSync(randomPool);
    poolOffset = 0;
  }
  // The variant, binary 10, and 30 random bits; then 32 more.
  const high = ((((randomPool[poolOffset] ?? 0) & 0x3fffffff) | 0x80000000) >>> 0).toString(16);
  const low = (randomPool[poolOffset + 1] ?? 0).toString(16).padStart(8, "0");
  poolOffset += 2;
  return `${time}-7${counter.toString(16).padStart(3, "0")}-${high.slice(0, 4)}-${high.slice(4)}${low}`;
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
