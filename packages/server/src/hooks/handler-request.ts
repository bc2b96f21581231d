import type { Settings } from "../config.js";

type Addressing = Pick<Settings, "publicUrl" | "trustProxy">;

export interface Read {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** What the handler sees: the request as the world sent it, its body byte by byte. */
export function handlerRequest(request: Request, { body, signal }: Read, addressing: Addressing): Request {
  const method = request.method === "HEAD" ? "GET" : request.method;
  return new Request(publicUrlOf(request, addressing), {
    method,
    headers: addressing.trustProxy ? request.headers : withoutForwarded(request.headers),
    signal,
    ...(body.byteLength > 0 && { body }),
  });
}

function publicUrlOf(request: Request, { publicUrl, trustProxy }: Addressing): string {
  const { origin, pathname, search } = new URL(request.url);
  if (publicUrl !== undefined) return publicUrl + pathname + search;
  return (trustProxy ? forwardedOrigin(request.headers, origin) : origin) + pathname + search;
}

/** The last value of each is the nearest proxy's own; those before it may be the client's. */
function forwardedOrigin(headers: Headers, origin: string): string {
  const { protocol, host } = new URL(origin);
  const scheme = lastOf(headers.get("x-forwarded-proto"))?.toLowerCase();
  const name = lastOf(headers.get("x-forwarded-host"));
  const forwarded = `${scheme === "http" || scheme === "https" ? `${scheme}:` : protocol}//${name ?? host}`;
  if (!/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(name ?? host)) return origin;
  return URL.canParse(forwarded) ? new URL(forwarded).origin : origin;
}

function lastOf(list: string | null): string | undefined {
  return list?.split(",").at(-1)?.trim() || undefined;
}

/** So that no handler believes them by itself. */
function withoutForwarded(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => !/^(forwarded|x-forwarded-.*|x-real-ip)$/.test(name)));
}
