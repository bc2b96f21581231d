export interface BodyLimits {
  readonly maxBytes: number;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

export type ReadBody =
  | { readonly ok: true; readonly body: string }
  | { readonly ok: false; readonly reason: "too_large" | "unreadable" | "timeout"; readonly detail: string };

const firstBytes = 16 * 1024;

/** The body as text, read once. A body that has no end is given up when it is too long. */
export async function readBody(request: Request, { maxBytes, signal }: BodyLimits): Promise<ReadBody> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readBytes(request, { maxBytes, signal });
  } catch {
    return { ok: false, reason: "unreadable", detail: "the body broke off" };
  }
  if (bytes === null)
    return { ok: false, reason: "too_large", detail: `the body has more than ${maxBytes} bytes` };
  if (signal?.aborted) return { ok: false, reason: "timeout", detail: "the body did not arrive in time" };
  return decoded(bytes);
}

/**
 * The bytes of a request or response as they are; null when there are more than `maxBytes`. Believes no Content-Length,
 * and holds never more than `maxBytes` and one chunk. After an abort they are what had come until then.
 * @throws what the stream throws.
 */
export async function readBytes(
  { headers, body }: Pick<Request, "headers" | "body">,
  { maxBytes, signal }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const reader = body?.getReader();
  if (reader === undefined) return new Uint8Array();
  // A stream that breaks while it is given up has nothing more to say.
  const stop = () => void reader.cancel().catch(() => undefined);
  const giveUp = () => {
    stop();
    return null;
  };
  if (Number(headers.get("content-length")) > maxBytes) return giveUp();

  // One growing buffer: a list of chunks of one byte each would take many times their bytes.
  let bytes = new Uint8Array(Math.min(firstBytes, maxBytes));
  let length = 0;
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > maxBytes) return giveUp();
      if (length + value.length > bytes.length) bytes = grown(bytes, length + value.length, maxBytes);
      bytes.set(value, length);
      length += value.length;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (signal?.aborted) stop();
  return bytes.subarray(0, length);
}

function grown(bytes: Uint8Array<ArrayBuffer>, needed: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(maxBytes, Math.max(needed, bytes.length * 2)));
  larger.set(bytes);
  return larger;
}

/** Strict, and with its byte order mark: text that was repaired or shortened would have another signature. */
function decoded(bytes: Uint8Array): ReadBody {
  try {
    return { ok: true, body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, reason: "unreadable", detail: "the body is not UTF-8" };
  }
}
