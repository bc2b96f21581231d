import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header carries the key. How long it takes tells nothing about the key. */
export function bearerCheck(key: string): (authorization: string | undefined) => boolean {
  const expected = hash(key);
  return (authorization) => {
    const token = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1]?.trim() ?? "";
    // Of hashes, which are of equal length whatever was sent.
    return timingSafeEqual(hash(token), expected);
  };
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
