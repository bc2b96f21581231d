import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { sampleRecipient, virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { type Answer, channelTo, receiver, secret, sendOn, start, status } from "./receiver.js";

const at = Date.UTC(2025, 0, 1);

async function answerTo(answer: Answer, options: Parameters<typeof channelTo>[1] = {}) {
  const server = await receiver(answer);
  const channel = await channelTo(server, options, { clock: virtualClock(at) });
  const result = await sendOn(channel);
  return { result, requests: server.requests };
}

describe("an answer's status", () => {
  it.each([
    [200, "sent"],
    [202, "sent"],
    [204, "sent"],
    [299, "sent"],
    [300, "permanent"],
    [304, "permanent"],
    [400, "permanent"],
    [401, "misconfigured"],
    [403, "misconfigured"],
    [404, "permanent"],
    [408, "retryable"],
    [410, "permanent"],
    [413, "permanent"],
    [425, "retryable"],
    [429, "retryable"],
    [500, "retryable"],
    [502, "retryable"],
    [503, "retryable"],
    [599, "retryable"],
    [600, "permanent"],
  ])("%i is %s", async (code, outcome) => {
    const { result, requests } = await answerTo(status(code));
    expect(result.outcome).toBe(outcome);
    expect("suppress" in result && result.suppress).toBe(code === 410);
    if ("reason" in result) expect(result.reason).toContain(String(code));
    expect(requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])("%i is not followed", async (code) => {
    const elsewhere = await receiver();
    const { result, requests } = await answerTo(status(code, { location: elsewhere.url }));
    expect(result).toEqual({
      outcome: "permanent",
      reason: `The endpoint answered ${code}, and redirects are not followed.`,
    });
    expect(requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("Retry-After", () => {
  it.each([
    [429, "120", 120_000],
    [503, "0", 0],
    [503, "Wed, 01 Jan 2025 00:01:30 GMT", 90_000],
    [429, "Tue, 31 Dec 2024 23:00:00 GMT", 0],
    [429, "99999999999999999999999", 86_400_000],
    [429, "soon", undefined],
    [429, "-5", undefined],
    [500, "120", undefined],
  ])("%i with %s waits %s ms", async (code, value, expected) => {
    const { result } = await answerTo(status(code, { "retry-after": value }));
    expect(result.outcome).toBe("retryable");
    expect("retryAfterMs" in result ? result.retryAfterMs : undefined).toBe(expected);
  });
});

describe("an endpoint that misbehaves", () => {
  it("never answers: ambiguous, within its timeout", async () => {
    const { result } = await answerTo(() => undefined, { headersTimeoutMs: 50 });
    expect(result).toEqual({
      outcome: "ambiguous",
      reason: expect.stringMatching(/^No answer came\. .* longer than 50 ms\.$/),
    });
  });

  it.each([
    [200, "sent"],
    [500, "retryable"],
  ])("answers %i without end: what counts is the status, and little is read", async (code, outcome) => {
    let closed: Promise<unknown> | undefined;
    const pour = (response: ServerResponse) => {
      closed = once(response, "close");
      response.writeHead(code);
      const more = () => {
        while (response.write("x".repeat(16_384)));
        response.once("drain", more);
      };
      more();
    };
    const { result } = await answerTo(pour, { bodyTimeoutMs: 30_000 });
    expect(result.outcome).toBe(outcome);
    await closed;
  });

  it("answers headers and then nothing: what counts is the status", async () => {
    const { result } = await answerTo((response) => void response.writeHead(200).write("x"), {
      bodyTimeoutMs: 50,
    });
    expect(result.outcome).toBe("sent");
  });

  it("says what it should not: no reason repeats it", async () => {
    const leaky: Answer = (response, { body }) =>
      void response.writeHead(400, { "x-why": "secret-header" }).end(body);
    const { result } = await answerTo(leaky);
    expect(JSON.stringify(result)).not.toMatch(/secret-header|Ada|4155550123|help with/);
  });

  it("leaves no address in a reason when it cannot be reached", async () => {
    const server = await receiver();
    const channel = await start({
      allowRecipientUrls: true,
      secrets: secret,
      policy: { trustedOrigins: [server.origin] },
    });
    await server.close();
    const url = `${server.origin}/in/the-path-s-secret?key=abc`;
    const result = await sendOn(channel, { recipient: sampleRecipient({ addresses: { webhook: url } }) });
    expect(result.outcome).toBe("retryable");
    expect(JSON.stringify(result)).not.toMatch(/the-path-s-secret|key=abc/);
  });
});
