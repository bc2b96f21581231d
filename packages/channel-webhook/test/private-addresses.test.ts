import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { sampleRecipient } from "@hybrid-orchestrator/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secret, sendOn, start } from "./receiver.js";

const published = createRequire(import.meta.url).resolve(
  "@hybrid-orchestrator/safe-http/corpus/ssrf-urls.json",
);
const corpus = JSON.parse(readFileSync(published, "utf8")) as Record<
  "refused" | "accepted" | "refusedAddresses",
  readonly string[]
>;

// Nothing may even try to connect. What must pass ends here as well, since tests do not leave the machine.
const opened = vi.spyOn(Socket.prototype, "connect");
beforeEach(() => {
  opened.mockImplementation(function (this: Socket) {
    process.nextTick(() => this.destroy(Object.assign(new Error("no network"), { code: "ENETUNREACH" })));
    return this;
  });
});
afterEach(() => opened.mockReset());

async function sendTo(url: string, ...addresses: string[]) {
  const lookup = vi.fn(async () => addresses);
  const channel = await start({ allowRecipientUrls: true, secrets: secret, lookup });
  const recipient = sampleRecipient({ addresses: { webhook: url } });
  return {
    result: await sendOn(channel, { recipient }),
    destination: channel.destination?.(recipient),
    lookup,
  };
}

const titled = (texts: readonly string[]) => texts.map((text) => [JSON.stringify(text), text] as const);

describe("a recipient's URL that must be refused", () => {
  it.each(titled(corpus.refused))("%s", async (_, url) => {
    const { result, destination, lookup } = await sendTo(url, "93.184.216.34");
    expect(result.outcome).toBe("permanent");
    expect(destination).toBeUndefined();
    expect(lookup).not.toHaveBeenCalled();
    expect(opened).not.toHaveBeenCalled();
  });
});

describe("a recipient's URL that must pass", () => {
  it.each(titled(corpus.accepted))("%s", async (_, url) => {
    const { result, destination } = await sendTo(url, "93.184.216.34");
    expect(result.outcome).toBe("retryable");
    expect(destination).toMatch(/^https:/);
    expect(opened).toHaveBeenCalledTimes(1);
  });
});

describe("a resolver that lies", () => {
  it.each(titled(corpus.refusedAddresses))("with %s", async (_, address) => {
    for (const answers of [[address], ["93.184.216.34", address], [address, "93.184.216.34"]]) {
      const { result } = await sendTo("https://hooks.example/", ...answers);
      expect(result).toEqual({
        outcome: "permanent",
        reason: expect.stringContaining("leads to an address that is not allowed"),
      });
      expect(opened).not.toHaveBeenCalled();
    }
  });

  it("about a configured endpoint is a matter of the set-up", async () => {
    const channel = await start({
      url: "https://hooks.example/",
      secrets: secret,
      lookup: async () => ["10.0.0.1"],
    });
    expect((await sendOn(channel)).outcome).toBe("misconfigured");
    expect(opened).not.toHaveBeenCalled();
  });

  it("first well and then ill is believed for no moment longer than its answer", async () => {
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const channel = await start({
      url: "https://hooks.example/",
      secrets: secret,
      lookup: async () => answers.shift() ?? [],
    });
    expect((await sendOn(channel)).outcome).toBe("retryable");
    expect((await sendOn(channel)).outcome).toBe("misconfigured");
    expect(opened).toHaveBeenCalledTimes(1);
  });
});
