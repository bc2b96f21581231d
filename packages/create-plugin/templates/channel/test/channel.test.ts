import { sampleMessage } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { descriptor, sampleNameChannel } from "../src/index.js";
import { channelFor, recipient } from "./harness.js";
import { sampleNameServer } from "./sample-name-server.js";

const options = { signal: new AbortController().signal, idempotencyKey: "key-1" };

it("posts the recipient's address and the text, and keeps the service's id", async () => {
  const server = await sampleNameServer();
  const { channel, stop } = await channelFor(server);
  const result = await channel.send(sampleMessage({ recipient, content: "Please look." }), options);
  expect(result).toEqual({ outcome: "sent", externalId: "message_1" });
  expect(server.requests).toEqual([
    { path: "/messages", body: JSON.stringify({ to: "unit-7-of-ada", text: "Please look." }) },
  ]);
  await stop();
  await server.close();
});

it.each([
  [410, { outcome: "permanent", suppress: true }],
  [404, { outcome: "permanent" }],
  [403, { outcome: "misconfigured" }],
  [503, { outcome: "retryable", retryAfterMs: 3_000 }],
])("tells what an answer of %i means", async (status, expected) => {
  const server = await sampleNameServer({ status, headers: { "retry-after": "3" } });
  const { channel, stop } = await channelFor(server);
  expect(await channel.send(sampleMessage({ recipient }), options)).toMatchObject(expected);
  await stop();
  await server.close();
});

it("refuses a wrong configuration when it is made, not at the first message", () => {
  const wrong = [{ baseUrl: "pager.example.com" }, { baseUrl: "https://pager.example.com", key: "x" }];
  for (const config of wrong) {
    expect(() => sampleNameChannel({ apiKey: "k", ...config } as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
  }
});

it("can be named in a configuration file", () => {
  const config = descriptor.config.parse({ baseUrl: "https://pager.example.com", apiKey: "k" });
  expect(descriptor.create(config).name).toBe("sample-name");
});
