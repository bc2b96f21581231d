import { fromBase32, toBase32 } from "./base32.js";

/** `base64url` is shorter; `base32` survives mail systems that change the case of an address. */
export type TokenEncoding = "base64url" | "base32";

export interface TokenParts {
  readonly keyId: number;
  readonly subject: string;
  readonly expiresAtSeconds: number;
}

// A token is 1 byte of key id and kind of subject, 4 bytes of expiry, the subject, and the truncated HMAC.
const uuidFlag = 0x80;
const headBytes = 5;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const largestKeyId = 0x7f;

/**
 * 128 bits, which RFC 2104 recommends, where there is room. 96 bits in a mail address, whose local part has 64
 * characters at most: forging takes 2^96 messages to the verifier, since nobody can try it offline.
 */
export const macBytes: Readonly<Record<TokenEncoding, number>> = { base64url: 16, base32: 12 };

export function packParts({ keyId, subject, expiresAtSeconds }: TokenParts): Buffer {
  const isUuid = uuidPattern.test(subject);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(keyId | (isUuid ? uuidFlag : 0));
  head.writeUInt32BE(expiresAtSeconds, 1);
  return Buffer.concat([
    head,
    isUuid ? Buffer.from(subject.replaceAll("-", ""), "hex") : Buffer.from(subject),
  ]);
}

export function unpackParts(bytes: Buffer): TokenParts | undefined {
  if (bytes.length <= headBytes) return undefined;
  const head = bytes.readUInt8();
  const subject = bytes.subarray(headBytes);
  const isUuid = (head & uuidFlag) !== 0;
  if (isUuid && subject.length !== 16) return undefined;
  return {
    keyId: head & largestKeyId,
    subject: isUuid ? uuidOf(subject) : subject.toString(),
    expiresAtSeconds: bytes.readUInt32BE(1),
  };
}

export function encodeToken(bytes: Buffer, encoding: TokenEncoding): string {
  return encoding === "base32" ? toBase32(bytes) : bytes.toString("base64url");
}

/** Undefined unless the text is the one way to write its bytes (in base32 in any case). */
export function decodeToken(text: string, encoding: TokenEncoding): Buffer | undefined {
  if (encoding === "base32") {
    const bytes = fromBase32(text);
    return bytes && Buffer.from(bytes);
  }
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
