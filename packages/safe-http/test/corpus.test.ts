import { Socket } from "node:net";
import { fetch, request } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressKind, checkUrl, createSafeDispatcher, isPublicAddress, safeRequest } from "../src/index.js";
import { corpus, shown } from "./corpus.js";

// Nothing may even try to connect. What must pass ends here as well, since tests do not leave the machine.
const opened = vi.spyOn(Socket.prototype, "connect");
beforeEach(() => {
  opened.mockImplementation(function (this: Socket) {
    process.nextTick(() => this.destroy(Object.assign(new Error("no network"), { code: "ENETUNREACH" })));
    return this;
  });
});
afterEach(() => opened.mockReset());

const titled = (texts: readonly string[]) => texts.map((text) => [shown(text), text] as const);
const dispatcherThatResolvesTo = (...addresses: string[]) =>
  createSafeDispatcher({}, { lookup: async () => addresses });

describe("what must be refused", () => {
  it.each(titled(corpus.refused))("%s", async (_, text) => {
    expect(checkUrl(text)).toMatchObject({ allowed: false, reason: expect.any(String) });

    const dispatcher = dispatcherThatResolvesTo("93.184.216.34");
    expect(await safeRequest(text, { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "url_refused" },
    });
    expect(opened).not.toHaveBeenCalled();
    await dispatcher.close();
  });
});

describe("what a dispatcher alone never connects to, without a check of the text before", () => {
  it.each(titled(corpus.refused))("%s", async (_, text) => {
    const dispatcher = dispatcherThatResolvesTo("93.184.216.34");
    await Promise.allSettled([(async () => request(text, { dispatcher }))(), fetch(text, { dispatcher })]);
    // Of some texts the parser makes a URL that is allowed: `https://@example.com/`.
    for (const [first] of opened.mock.calls) {
      const [{ host }] = first as unknown as [{ host: string }];
      expect(checkUrl(`https://${host}/`)).toMatchObject({ allowed: true });
    }
    await dispatcher.close();
  });
});

describe("what must pass", () => {
  it.each(titled(corpus.accepted))("%s", async (_, text) => {
    const check = checkUrl(text);
    expect(check).toMatchObject({ allowed: true });

    const dispatcher = dispatcherThatResolvesTo("93.184.216.34");
    expect(await safeRequest(text, { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "network_failed", cause: { code: "ENETUNREACH" } },
    });
    expect(opened).toHaveBeenCalledTimes(1);
    await dispatcher.close();
  });
});

describe("what a name must not resolve to", () => {
  it.each(titled(corpus.refusedAddresses))("%s", async (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
    expect(addressKind(address)).not.toBe("public");

    for (const answers of [[address], ["93.184.216.34", address], [address, "93.184.216.34"]]) {
      const dispatcher = dispatcherThatResolvesTo(...answers);
      expect(await safeRequest("https://hooks.example/", { dispatcher })).toMatchObject({
        outcome: "not_sent",
        error: { code: "address_refused" },
      });
      expect(opened).not.toHaveBeenCalled();
      await dispatcher.close();
    }
  });
});

describe("what a name may resolve to", () => {
  it.each(corpus.acceptedAddresses)("%s", async (address) => {
    expect(addressKind(address)).toBe("public");
    const dispatcher = dispatcherThatResolvesTo(address);
    await safeRequest("https://hooks.example/", { dispatcher });
    expect(opened).toHaveBeenCalledTimes(1);
    await dispatcher.close();
  });
});
