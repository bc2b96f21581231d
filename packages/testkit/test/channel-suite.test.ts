import type { Channel, Plugin, SendResult } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  type ChannelSubject,
  type ChannelSuiteOptions,
  channelSuite,
  failingChannel,
  hangingChannel,
  lyingChannel,
  sampleRecipient,
  sendingChannel,
  type TestChannel,
  type TestChannelOptions,
  throwingChannel,
} from "../src/index.js";
import { collect, failures } from "./collect.js";

type Settings = Partial<Omit<ChannelSuiteOptions, "describe" | "it" | "expect">>;

function subjectOf(channel: TestChannel): ChannelSubject {
  return {
    channel,
    effects: () => channel.effects.map((message) => message.content),
    requests: () => channel.calls.length,
  };
}

const unreachable = { id: "user_2", available: true };
const reach: TestChannelOptions = { canReach: ({ phone }) => phone !== undefined };

/** A channel that is right: refuses whom it cannot reach, and what is too long. */
function right(options: TestChannelOptions = {}): ChannelSubject {
  const channel = sendingChannel({ ...reach, ...options });
  const { maxLength = Number.POSITIVE_INFINITY } = channel.capabilities;
  return subjectOf({
    ...channel,
    async send(message, sendOptions) {
      if (message.recipient.phone === undefined) return { outcome: "permanent", reason: "no phone number" };
      if (message.content.length > maxLength) return { outcome: "permanent", reason: "the text is too long" };
      return channel.send(message, sendOptions);
    },
  });
}

function failing(result: SendResult): () => ChannelSubject {
  return () => subjectOf(failingChannel([result], reach));
}

function pluginOf(channel: () => Channel): Plugin {
  return { specVersion: 1, name: "plugin", setup: (host) => host.channel(channel()) };
}

const rightFailures = {
  permanent: failing({ outcome: "permanent", reason: "no such number" }),
  retryable: failing({ outcome: "retryable", reason: "HTTP 503" }),
  rateLimited: failing({ outcome: "retryable", reason: "HTTP 429", retryAfterMs: 1_000 }),
  ambiguous: failing({ outcome: "ambiguous", reason: "no answer" }),
  misconfigured: failing({ outcome: "misconfigured", reason: "the key was refused" }),
};

async function failuresOf(settings: Settings): Promise<string[]> {
  const all = {
    name: "channel",
    create: () => right(),
    unreachable,
    failures: rightFailures,
    hanging: () => subjectOf(hangingChannel(reach)),
    plugin: () => pluginOf(sendingChannel),
    ...settings,
  };
  return failures(await collect((runner) => channelSuite({ ...runner, expect, ...all })));
}

/** A subject of which one thing is wrong. */
function but(
  defect: (channel: Channel) => Partial<Channel>,
  options: TestChannelOptions = {},
): () => ChannelSubject {
  return () => {
    const subject = right(options);
    return { ...subject, channel: { ...subject.channel, ...defect(subject.channel) } };
  };
}

describe("the channel suite", () => {
  it.each<[string, Settings]>([
    ["with nothing special", {}],
    ["that deduplicates", { create: () => right({ capabilities: { idempotent: true } }) }],
    ["with a longest text", { create: () => right({ capabilities: { maxLength: 160 } }) }],
    [
      "for everybody, without a far end that can be looked at",
      { create: () => ({ channel: sendingChannel() }), unreachable: null, failures: {} },
    ],
    [
      "with a health check",
      { create: () => right({ health: async () => ({ healthy: false, detail: "down" }) }) },
    ],
  ])("passes a right channel %s", async (_name, settings) => {
    expect(await failuresOf(settings)).toEqual([]);
  });

  let names = 0;
  let lastText = "";
  let setups = 0;
  const phone = sampleRecipient().phone ?? "";

  it.each<[string, Settings, RegExp]>([
    [
      "throws when the far end fails",
      { failures: { retryable: () => subjectOf(throwingChannel(reach)) } },
      /far end fails: retryable/,
    ],
    [
      "gives a wrong outcome for a failure",
      { failures: { permanent: failing({ outcome: "retryable", reason: "400" }) } },
      /far end fails: permanent/,
    ],
    [
      "does not say when to come back",
      { failures: { rateLimited: failing({ outcome: "retryable", reason: "429" }) } },
      /rateLimited/,
    ],
    [
      "retries by itself",
      {
        failures: {
          retryable: () => {
            const channel = failingChannel([{ outcome: "retryable", reason: "503" }], reach);
            return subjectOf({
              ...channel,
              send: async (message, options) =>
                (await channel.send(message, options)) && channel.send(message, options),
            });
          },
        },
      },
      /retryable/,
    ],
    [
      "tells the phone number",
      { failures: { permanent: failing({ outcome: "permanent", reason: `cannot call ${phone}` }) } },
      /permanent/,
    ],
    [
      "tells the phone number in another form",
      { failures: { permanent: failing({ outcome: "permanent", reason: "cannot call +1 (415) 555-0123" }) } },
      /permanent/,
    ],
    [
      "tells a secret",
      {
        secrets: ["k-123"],
        failures: {
          misconfigured: failing({ outcome: "misconfigured", reason: "the key k-123 was refused" }),
        },
      },
      /misconfigured/,
    ],
    ["has another name each time", { create: but(() => ({ name: `channel-${names++}` })) }, /stable/],
    [
      "has capabilities that are no plain data",
      {
        create: but(({ capabilities }) => ({
          capabilities: { ...capabilities, richText: (() => true) as never },
        })),
      },
      /capabilities/,
    ],
    [
      "answers with something of its own",
      { create: () => subjectOf(lyingChannel([{ ok: true }], reach)) },
      /valid result/,
    ],
    [
      "answers with nothing at all",
      { create: () => subjectOf(lyingChannel([undefined], reach)) },
      /valid result/,
    ],
    [
      "says sent and sends nothing",
      { create: but(() => ({ send: async () => ({ outcome: "sent" }) })) },
      /sends, and says so/,
    ],
    [
      "names another address for each id",
      {
        create: () => {
          const subject = right();
          return { ...subject, channel: { ...subject.channel, destination: ({ id }) => id } };
        },
      },
      /names one address/,
    ],
    [
      "fails for somebody without an address",
      {
        create: () => {
          const subject = right();
          const destination = ({ phone }: { phone?: string | undefined }) => {
            if (phone === undefined) throw new Error("no phone");
            return phone;
          };
          return { ...subject, channel: { ...subject.channel, destination } };
        },
      },
      /names one address/,
    ],
    ["reaches nobody", { create: but(() => ({ canReach: () => false })) }, /reaches whom/],
    ["thinks it can reach everybody", { create: but(() => ({ canReach: () => true })) }, /reaches whom/],
    [
      "says sent for somebody without an address",
      { create: () => subjectOf(sendingChannel(reach)) },
      /cannot reach/,
    ],
    [
      "answers no boolean about somebody without an address",
      {
        create: but(({ canReach }) => ({
          canReach: (to) => (to.id === "nobody" ? (undefined as never) : (canReach?.(to) ?? true)),
        })),
      },
      /reaches whom/,
    ],
    [
      "answers no boolean about an urgency",
      { create: but(() => ({ matchesUrgency: () => undefined as never })) },
      /reaches whom/,
    ],
    [
      "is not as idempotent as it says",
      { create: but(({ capabilities }) => ({ capabilities: { ...capabilities, idempotent: true } })) },
      /one effect for one key/,
    ],
    [
      "deduplicates by what is said, not by the key",
      {
        create: () => {
          const subject = right({ capabilities: { idempotent: true } });
          return {
            ...subject,
            channel: {
              ...subject.channel,
              send: (message, options) =>
                subject.channel.send(message, { ...options, idempotencyKey: message.content }),
            },
          };
        },
      },
      /one effect for one key/,
    ],
    [
      "sends more than its longest text",
      { create: but(({ capabilities }) => ({ capabilities: { ...capabilities, maxLength: 160 } })) },
      /maxLength/,
    ],
    [
      "mixes up what it sends at once",
      {
        create: but(({ send }) => ({
          async send(message, options) {
            lastText = message.content;
            await Promise.resolve();
            return send({ ...message, content: lastText }, options);
          },
        })),
      },
      /keeps sends apart/,
    ],
    [
      "changes its message",
      {
        create: but(({ send }) => ({
          send: async (message, options) =>
            send(Object.assign(message, { content: message.content.trim() }), options),
        })),
      },
      /sends, and says so/,
    ],
    [
      "cannot stand every text",
      {
        create: but(({ send }) => ({
          async send(message, options) {
            encodeURIComponent(message.content);
            return send(message, options);
          },
        })),
      },
      /any text/,
    ],
    [
      "goes on when it is aborted",
      { hanging: () => subjectOf(hangingChannel({ ...reach, ignoresAbort: true })) },
      /while it waits/,
    ],
    [
      "claims success when it is aborted",
      { hanging: () => subjectOf(sendingChannel(reach)) },
      /while it waits/,
    ],
    [
      "goes on when it is aborted beforehand",
      {
        create: but(({ send }) => ({
          send: (message, options) =>
            options.signal.aborted ? new Promise(() => undefined) : send(message, options),
        })),
      },
      /before it begins/,
    ],
    [
      "has a health check that throws",
      { create: right.bind(null, { health: () => Promise.reject(new Error("down")) }) },
      /health/,
    ],
    [
      "can be set up only once",
      {
        plugin: () => ({
          ...pluginOf(sendingChannel),
          setup: (host) => (setups++ % 2 === 0 ? host.channel(sendingChannel()) : undefined),
        }),
      },
      /set up again/,
    ],
    [
      "registers no channel",
      { plugin: () => ({ ...pluginOf(sendingChannel), setup: () => undefined }) },
      /set up again/,
    ],
  ])("fails a channel that %s", async (_defect, settings, expected) => {
    const failed = await failuresOf(settings);
    expect(failed.join("\n")).toMatch(expected);
  });
});
