import { sampleMessage, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it, vi } from "vitest";
import { type ConsoleChannelOptions, consoleChannel, descriptor } from "../src/index.js";

const at = Date.UTC(2025, 0, 1, 10);

async function print(changes: Parameters<typeof sampleMessage>[0], options: ConsoleChannelOptions = {}) {
  const lines: string[] = [];
  const plugin = consoleChannel({ write: (line) => lines.push(line), ...options });
  const result = await plugin.channel.send(sampleMessage({ createdAt: at, ...changes }), {
    signal: new AbortController().signal,
    idempotencyKey: "k",
  });
  return { lines, result, channel: plugin.channel };
}

describe("what it prints", () => {
  it("is id, time, recipient, urgency, text, cause and metadata", async () => {
    const { lines, result } = await print({
      subject: "Your form",
      content: "Need help?\nJust answer.",
      urgency: "high",
      trigger: "struggle",
      reason: "ssn changed 3 times in 60 s",
      metadata: { step: 3 },
    });
    expect(lines).toEqual([
      "[high] message message_1 at 2025-01-01T10:00:00.000Z",
      "  to        Ada Example (user user_1)",
      "  subject   Your form",
      "  text      Need help?",
      "            Just answer.",
      "  because   struggle: ssn changed 3 times in 60 s",
      '  metadata  {"step":3}',
    ]);
    expect(result).toEqual({ outcome: "sent" });
  });

  it("leaves out what there is not", async () => {
    const { name: _, ...nameless } = sampleRecipient();
    const { lines } = await print({ recipient: nameless, content: "Hello" });
    expect(lines).toEqual([
      "[normal] message message_1 at 2025-01-01T10:00:00.000Z",
      "  to        user_1 (user user_1)",
      "  text      Hello",
    ]);
  });

  it("marks the urgency with a colour, where asked to", async () => {
    const { lines } = await print({ urgency: "critical" }, { color: true });
    expect(lines[0]).toBe("\u001b[91m[critical] message message_1 at 2025-01-01T10:00:00.000Z\u001b[0m");
  });

  it("cannot take over the terminal", async () => {
    const { lines } = await print({
      content: "\u001b[2Jgone\u0007\r\nnext \u202etxet",
      subject: "a\u009b31m",
    });
    expect(lines.join("\n")).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(lines).toContain("  text      \ufffd[2Jgone\ufffd");
    expect(lines).toContain("            next \ufffdtxet");
  });

  it("goes to standard output by default", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await consoleChannel().channel.send(sampleMessage(), {
        signal: new AbortController().signal,
        idempotencyKey: "k",
      });
      expect(write).toHaveBeenCalledWith("  text      Do you need help with the form?\n");
    } finally {
      write.mockRestore();
    }
  });
});

describe("its history", () => {
  it("holds what was printed, can be cleared, and is bounded", async () => {
    const { channel } = consoleChannel({ write: () => undefined, historyLimit: 2 });
    for (const id of ["a", "b", "c"])
      await channel.send(sampleMessage({ id }), { signal: new AbortController().signal, idempotencyKey: id });
    expect(channel.history.map((message) => message.id)).toEqual(["b", "c"]);
    channel.clearHistory();
    expect(channel.history).toEqual([]);
  });

  it("holds nothing that was not printed", async () => {
    const { result, channel } = await print(
      {},
      {
        write: () => {
          throw new Error("EPIPE");
        },
      },
    );
    expect(result).toEqual({ outcome: "ambiguous", reason: "writing failed: EPIPE" });
    expect(channel.history).toEqual([]);
  });
});

describe("its configuration", () => {
  it("names the channel, so that there can be two", () => {
    expect(consoleChannel({ name: "console-2" })).toMatchObject({
      name: "console-2",
      channel: { name: "console-2" },
    });
    expect(descriptor.create({ name: "from-file", color: false, historyLimit: 1 }).name).toBe("from-file");
  });

  it("is strict", () => {
    for (const bad of [{ colour: true }, { historyLimit: -1 }, { name: "" }, { write: "stdout" }]) {
      expect(() => consoleChannel(bad as never)).toThrow(
        expect.objectContaining({ code: "invalid_configuration" }),
      );
    }
  });
});
