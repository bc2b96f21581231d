import { describe, expect, it, vi } from "vitest";
import {
  createSecret,
  githubVerifier,
  type ReceiveOptions,
  receiveSigned,
  seenIds,
  signGithub,
  signStandardWebhook,
  signTwilio,
  standardWebhookVerifier,
  twilioVerifier,
} from "../src/index.js";
import { now } from "./schemes.js";

const secret = createSecret();
const verify = standardWebhookVerifier(secret);
const url = "https://example.com/hooks/in";

function signed(body: string, id = "msg_1", signedAt = now): Request {
  const headers = signStandardWebhook({ id, body, now: signedAt }, secret);
  return new Request(url, { method: "POST", headers, body });
}

function streamed(body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request(url, { method: "POST", headers, body, duplex: "half" } as RequestInit);
}

async function refusal(request: Request, options: Partial<ReceiveOptions> = {}) {
  const received = await receiveSigned(request, { verify, now, ...options });
  if (received.outcome !== "refused") throw new Error(`It was ${received.outcome}.`);
  const { status } = received.response;
  return { reason: received.reason, status, body: await received.response.text() };
}

describe("a request that is signed", () => {
  it("gives its raw body, its id and when it was signed", async () => {
    const body = '\uFEFF{ "a":\t"ä" }\r\n';
    const received = await receiveSigned(signed(body), { verify, now });
    expect(received).toMatchObject({ outcome: "accepted", body, id: "msg_1", signedAt: now - (now % 1000) });
  });

  it("may have no body", async () => {
    const request = new Request(url, { headers: signStandardWebhook({ id: "a", body: "", now }, secret) });
    expect(await receiveSigned(request, { verify, now })).toMatchObject({ outcome: "accepted", body: "" });
  });

  it("may have exactly as many bytes as are allowed, in chunks of any size", async () => {
    const body = `${"ä".repeat(20_000)}.`;
    const bytes = new TextEncoder().encode(body);
    const headers = signStandardWebhook({ id: "a", body, now }, secret);
    for (const size of [1, 7, 16_384, 100_000]) {
      let sent = 0;
      const chunks = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(bytes.slice(sent, sent + size));
          sent += size;
          if (sent >= bytes.length) controller.close();
        },
      });
      const received = await receiveSigned(streamed(chunks, headers), { verify, now, maxBytes: 40_001 });
      expect(received.outcome === "accepted" && received.body === body).toBe(true);
    }
    expect(await refusal(signed(body), { maxBytes: 40_000 })).toMatchObject({ status: 413 });
  });
});

describe("a request that is not", () => {
  it("is answered with 401 and nothing that tells why", async () => {
    const unauthorized = { status: 401, body: '{"error":"unauthorized"}' };
    const other = signed("{}");
    other.headers.set("webhook-signature", `v1,${"A".repeat(43)}=`);
    const bare = new Request(url, { method: "POST", body: "{}" });
    const garbled = signed("{}");
    garbled.headers.set("webhook-timestamp", "yesterday");
    expect(await refusal(other)).toEqual({ reason: "mismatch", ...unauthorized });
    expect(await refusal(bare)).toEqual({ reason: "missing", ...unauthorized });
    expect(await refusal(garbled)).toEqual({ reason: "malformed", ...unauthorized });
    expect(await refusal(signed("{}", "a", now - 301_000))).toEqual({ reason: "expired", ...unauthorized });
    expect(await refusal(signed("{}", "a", now + 301_000))).toEqual({ reason: "future", ...unauthorized });
  });

  it("takes no place among the seen ids", async () => {
    const seen = seenIds({ maxIds: 1 });
    for (let count = 0; count < 3; count++) {
      const forged = signed("{}", `forged_${count}`);
      forged.headers.set("webhook-signature", "v1,AAAA");
      await refusal(forged, { seenIds: seen });
    }
    expect(await receiveSigned(signed("{}"), { verify, now, seenIds: seen })).toMatchObject({
      outcome: "accepted",
    });
  });

  it("is refused with 400 when its body is not UTF-8, rather than repaired", async () => {
    const headers = signStandardWebhook({ id: "a", body: "\uFFFD", now }, secret);
    const request = new Request(url, { method: "POST", headers, body: new Uint8Array([0xff]) });
    expect(await refusal(request)).toEqual({
      reason: "unreadable",
      status: 400,
      body: '{"error":"bad_request"}',
    });
  });

  it("is refused with 400 when its body breaks off", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("reset by peer")),
    });
    expect(await refusal(streamed(broken))).toMatchObject({ reason: "unreadable", status: 400 });
  });
});

describe("a body that is too large", () => {
  const tooLarge = { reason: "too_large", status: 413, body: '{"error":"too_large"}' };

  it("is not read at all when its length says so", async () => {
    const pull = vi.fn();
    const cancel = vi.fn();
    const body = new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
    expect(await refusal(streamed(body, { "content-length": "1048577" }))).toEqual(tooLarge);
    expect(pull).not.toHaveBeenCalled();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each(["10", "-1", "x", undefined])(
    "is given up at the limit when its length is said to be %s",
    async (length) => {
      let sent = 0;
      const cancel = vi.fn();
      const endless = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            sent += 1000;
            controller.enqueue(new Uint8Array(1000).fill(97));
          },
          cancel,
        },
        { highWaterMark: 0 },
      );
      const request = streamed(endless, length === undefined ? {} : { "content-length": length });
      expect(await refusal(request, { maxBytes: 10_000 })).toEqual(tooLarge);
      expect(sent).toBe(11_000);
      expect(cancel).toHaveBeenCalledOnce();
    },
  );

  it("or too slow is given up when the signal says so", async () => {
    const abort = new AbortController();
    const cancel = vi.fn();
    const silent = new ReadableStream<Uint8Array>(
      { pull: () => abort.abort(), cancel },
      { highWaterMark: 0 },
    );
    const timedOut = { reason: "timeout", status: 408, body: '{"error":"timeout"}' };
    expect(await refusal(streamed(silent), { signal: abort.signal })).toEqual(timedOut);
    expect(cancel).toHaveBeenCalledOnce();
    expect(await refusal(signed("{}"), { signal: AbortSignal.abort() })).toEqual(timedOut);
  });
});

describe("a request that comes again", () => {
  it("is told from a new one once the first was handled", async () => {
    const options = { verify, now, seenIds: seenIds() };
    const first = await receiveSigned(signed("{}"), options);
    expect(await refusal(signed("{}"), options)).toMatchObject({ reason: "busy", status: 503 });
    if (first.outcome === "accepted") first.settle(true);
    const again = await receiveSigned(signed("{}", "msg_1", now + 60_000), options);
    expect(again).toMatchObject({ outcome: "replayed", id: "msg_1", body: "{}" });
    expect(await receiveSigned(signed("{}", "msg_2"), options)).toMatchObject({ outcome: "accepted" });
  });

  it("is new again when the first could not be handled", async () => {
    const options = { verify, now, seenIds: seenIds() };
    const first = await receiveSigned(signed("{}"), options);
    if (first.outcome === "accepted") first.settle(false);
    expect(await receiveSigned(signed("{}"), options)).toMatchObject({ outcome: "accepted" });
  });

  it("is known until the verifier itself would refuse it, whenever the cache was begun", async () => {
    const early = () => signed("{}", "msg_1", now + 300_000);
    for (let begunAt = now - 899_000; begunAt <= now; begunAt += 30_000) {
      const seen = seenIds();
      seen.claim("earlier", begunAt);
      const first = await receiveSigned(early(), { verify, now, seenIds: seen });
      if (first.outcome === "accepted") first.settle(true);
      for (let at = now; at <= now + 600_000; at += 30_000) {
        const { outcome } = await receiveSigned(early(), { verify, now: at, seenIds: seen });
        expect(`${outcome} after ${at - now} ms`).toBe(`replayed after ${at - now} ms`);
      }
    }
    expect(await refusal(early(), { now: now + 601_000 })).toMatchObject({ reason: "expired" });
  });

  it("is known by the id that the caller finds, where the sender signs it anew", async () => {
    const options: ReceiveOptions = {
      verify: githubVerifier("s"),
      now,
      seenIds: seenIds(),
      replayId: ({ body }) => /"event":"(\w+)"/.exec(body)?.[1],
    };
    const event = (body: string) =>
      new Request(url, { method: "POST", headers: signGithub(body, "s"), body });
    const first = await receiveSigned(event('{"event":"E1","try":1}'), options);
    if (first.outcome === "accepted") first.settle(true);
    const again = await receiveSigned(event('{"event":"E1","try":2}'), options);
    expect(again).toMatchObject({ outcome: "replayed", id: "E1" });
    expect(await receiveSigned(event("{}"), options)).toMatchObject({
      outcome: "accepted",
      id: expect.any(String),
    });
  });

  it("is asked to wait while there is no room to remember more", async () => {
    const seen = seenIds({ maxIds: 1 });
    await receiveSigned(signed("{}", "a"), { verify, now, seenIds: seen });
    const received = await receiveSigned(signed("{}", "b"), { verify, now, seenIds: seen });
    if (received.outcome !== "refused") throw new Error(received.outcome);
    expect(received.reason).toBe("full");
    expect(received.response.status).toBe(503);
    expect(received.response.headers.get("retry-after")).toBe("5");
  });
});

describe("options", () => {
  it("put the public address before the path, as the sender signed it", async () => {
    const publicUrl = "https://public.example.com/hooks/sms?deliveryId=1";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const unsigned = { url: publicUrl, headers: new Headers(headers), body: "From=%2B1" };
    const inside = () =>
      new Request("http://10.0.0.7:3000/sms?deliveryId=1", {
        method: "POST",
        headers: { ...headers, ...signTwilio(unsigned, "t"), "x-forwarded-host": "public.example.com" },
        body: "From=%2B1",
      });
    const options = { verify: twilioVerifier("t"), now };
    expect(await refusal(inside(), options)).toMatchObject({ reason: "mismatch" });
    for (const publicBaseUrl of ["https://public.example.com/hooks", "https://public.example.com/hooks/"])
      expect(await receiveSigned(inside(), { ...options, publicBaseUrl })).toMatchObject({
        outcome: "accepted",
        request: { url: publicUrl },
      });
  });

  it.each([
    { maxBytes: 0 },
    { maxBytes: Number.NaN },
    { publicBaseUrl: "example.com" },
    { publicBaseUrl: "ftp://example.com" },
    { publicBaseUrl: "https://example.com?a=1" },
  ])("are refused: %o", async (options) => {
    const code = "invalid_configuration";
    await expect(receiveSigned(signed("{}"), { verify, now, ...options })).rejects.toMatchObject({ code });
  });

  it("do not include a body that was read", async () => {
    const request = signed("{}");
    await request.text();
    await expect(receiveSigned(request, { verify, now })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
