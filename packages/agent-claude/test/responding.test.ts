import { recordingHost, sampleAgentInput, virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it, vi } from "vitest";
import { claudeAgent } from "../src/index.js";
import { bench } from "./harness.js";
import { apiKey, messagesServer, says } from "./messages-server.js";

describe("an answer to the user", () => {
  it("comes in whole words, and is what the model said", async () => {
    const text = "The SSN needs nine digits, like 123-45-6789.\nYours has eight so far.";
    const { respond, server, usage } = await bench([
      {
        content: [
          { type: "thinking", thinking: "hm", signature: "c2ln" },
          { type: "text", text },
        ],
      },
    ]);
    const pieces = await respond("Which format do you need?");
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.slice(0, -1).every((piece) => /\s$/.test(piece))).toBe(true);
    expect(server.requests[0]?.body.stream).toBe(true);
    expect(server.requests[0]?.text).toContain("Which format do you need?");
    expect(usage).toMatchObject([{ inputTokens: 100, outputTokens: 20 }]);
  });

  it("comes in pieces also in a script without spaces", async () => {
    const text = "番号は九桁で入力してください。".repeat(8);
    const { respond } = await bench([says(text)]);
    const pieces = await respond();
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(5);
  });

  it("may hold the beginning of a banned phrase", async () => {
    const { respond } = await bench([says("Use it as an aid.")]);
    expect((await respond()).join("")).toBe("Use it as an aid.");
  });

  it("may take longer than the limit as long as pieces come, which a silence in it may not", async () => {
    const server = await messagesServer(() => ({
      reply: says("Nine digits are needed."),
      after: 6,
      ends: "hang",
    }));
    try {
      const clock = virtualClock();
      const { host, agents } = recordingHost({ clock });
      await claudeAgent({ apiKey, baseUrl: server.url, timeoutMs: 10_000 }).setup(host);
      const { signal } = new AbortController();
      const answer = agents[0]?.respond({ ...sampleAgentInput(), userMessage: "?" }, { signal });
      const pieces = answer?.[Symbol.asyncIterator]();
      expect(await pieces?.next()).toEqual({ done: false, value: "Nine " });
      await clock.advance(9_000);
      expect(await pieces?.next()).toEqual({ done: false, value: "digits " });
      await clock.advance(9_000);
      let outcome: unknown;
      void pieces?.next().catch((error: unknown) => {
        outcome = error;
      });
      await vi.waitFor(async () => {
        await clock.advance(10_000);
        expect(outcome).toMatchObject({ code: "agent_failed", retryable: true });
      });
      await server.abandoned;
    } finally {
      await server.close();
    }
  });
});
