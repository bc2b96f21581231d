import { describe, expect, it } from "vitest";
import {
  descriptor,
  type WebhookChannelOptions,
  webhookChannel,
  webhookChannelConfigSchema,
} from "../src/index.js";
import { channelTo, receiver, secret, sendOn, start } from "./receiver.js";

const url = "https://example.com/hook/the-path-s-secret";
const valid = { url, secrets: secret };

describe("its configuration", () => {
  it.each<[string, unknown, RegExp]>([
    ["no endpoint", { secrets: secret }, /Pass either url or allowRecipientUrls/],
    ["two kinds of endpoint", { ...valid, allowRecipientUrls: true }, /Pass either url or/],
    ["no secret", { url }, /secrets is missing/],
    ["no secret in a list", { url, secrets: [] }, /secrets/],
    ["a secret of another form", { url, secrets: ["abcdef"] }, /does not begin with whsec_/],
    ["secrets twice", { ...valid, secretsOf: () => secret }, /secrets or secretsOf/],
    ["a function that is none", { url, secretsOf: "x" }, /secretsOf must be a function/],
    ["http", { ...valid, url: "http://example.com/" }, /scheme http: is not allowed/],
    ["a private address", { ...valid, url: "https://10.0.0.1/" }, /not public/],
    ["no URL", { ...valid, url: "example.com" }, /not a URL/],
    ["another domain", { ...valid, policy: { domains: ["*.example.org"] } }, /allowed domains/],
    ["a wrong policy", { ...valid, policy: { domain: ["example.org"] } }, /policy.*domain/],
    [
      "a wrong member of the policy",
      { ...valid, policy: { deniedRanges: ["x"] } },
      /policy\.deniedRanges\[0\]/,
    ],
    ["an unknown option", { ...valid, link: url }, /link/],
    ["a header of the channel's", { ...valid, headers: { "Content-Type": "a" } }, /Content-Type.*is set by/],
    ["a signature", { ...valid, headers: { "Webhook-Signature": "a" } }, /is set by/],
    ["a header with a line break", { ...valid, headers: { a: "b\r\nc: d" } }, /holds a character/],
    ["a header without a name", { ...valid, headers: { "a b": "c" } }, /is no name of a header/],
    [
      "headers for recipients",
      { allowRecipientUrls: true, secrets: secret, headers: { authorization: "x" } },
      /headers cannot go with allowRecipientUrls/,
    ],
    ["a timeout of none", { ...valid, headersTimeoutMs: 0 }, /headersTimeoutMs/],
  ])("refuses %s", (_, options, message) => {
    expect(() => webhookChannel(options as WebhookChannelOptions)).toThrow(
      expect.objectContaining({ code: "invalid_configuration", message: expect.stringMatching(message) }),
    );
  });

  it("holds no secret in what it says", () => {
    for (const bad of [
      { ...valid, url: "http://example.com/the-path-s-secret" },
      { ...valid, secrets: [secret.slice(0, -1)] },
      { ...valid, headers: { authorization: "Bearer s3cret\n" } },
    ])
      expect(() => webhookChannel(bad)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/the-path-s-secret|BwcHBw|s3cret/) }),
      );
  });

  it("names the channel and says for whom it is", async () => {
    const channel = await start({ ...valid, name: "pager", audience: "both" });
    expect(channel).toMatchObject({ name: "pager", capabilities: { audience: "both", idempotent: true } });
    expect((await start(valid)).capabilities.audience).toBe("worker");
  });

  it("may be what the descriptor's schema has read, policy and all", async () => {
    const server = await receiver();
    const config = webhookChannelConfigSchema.parse({
      url: server.url,
      secrets: [secret],
      policy: {
        trustedOrigins: [server.origin],
        domains: ["*.example.org"],
        deniedRanges: ["198.41.0.0/24"],
      },
    });
    expect(descriptor.create(config)).toMatchObject({ name: "webhook", specVersion: 1 });
    expect((await sendOn(await start(config))).outcome).toBe("sent");
  });

  it("does not let a name lead to loopback unless its origin is trusted", async () => {
    const server = await receiver();
    await expect(channelTo(server, { policy: { allowHttp: true, ports: "any" } })).rejects.toMatchObject({
      code: "invalid_configuration",
    });
    expect(server.requests).toEqual([]);
  });
});
