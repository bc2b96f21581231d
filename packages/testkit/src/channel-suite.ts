import {
  type AttemptOutcome,
  type Channel,
  channelCapabilitiesSchema,
  type OutboundMessage,
  type Plugin,
  type Recipient,
  type SendOptions,
  type SendResult,
  sendResultSchema,
  urgencies,
} from "@hybrid-orchestrator/core";
import { recordingHost } from "./recording-host.js";
import { sampleMessage, sampleRecipient } from "./samples.js";
import { deepFreeze, hostileTexts, leaks, outcomeOf, problemsWith, promptMs } from "./suite-helpers.js";
import type { SuiteRunner } from "./suite-runner.js";

/** A channel under test together with the far end that it talks to. Made anew for each test. */
export interface ChannelSubject {
  readonly channel: Channel;
  /** The texts that took effect at the far end, one for each effect. Needed for what the far end alone can tell. */
  effects?(): readonly string[] | Promise<readonly string[]>;
  /** How many requests the far end has seen. */
  requests?(): number | Promise<number>;
  /** Frees what the subject holds. */
  dispose?(): void | Promise<void>;
}

type MakeSubject = () => ChannelSubject | Promise<ChannelSubject>;

export interface ChannelSuiteOptions extends SuiteRunner {
  /** What the block of tests is called. */
  readonly name: string;
  /** A channel whose far end takes everything. */
  readonly create: MakeSubject;
  /** Somebody the channel has an address for. Default: somebody with a phone, an e-mail address and a Slack id. */
  readonly recipient?: Recipient;
  /** Somebody it has none for; null when it reaches everybody. */
  readonly unreachable: Recipient | null;
  /** Channels whose far end fails in one way. Each that is given is tested. */
  readonly failures?: Partial<Record<FailureKind, MakeSubject>>;
  /** A channel whose far end never answers. */
  readonly hanging?: MakeSubject;
  /** A new plugin that registers the channel, for tests of starting and stopping. */
  readonly plugin?: () => Plugin;
  /** What must not stand in any reason: keys, tokens, passwords. The recipient's addresses are added. */
  readonly secrets?: readonly string[];
}

/** `rateLimited`: refused for now, and told for how long. */
export type FailureKind = "permanent" | "retryable" | "rateLimited" | "ambiguous" | "misconfigured";

const outcomeFor: Record<FailureKind, AttemptOutcome> = {
  permanent: "permanent",
  retryable: "retryable",
  rateLimited: "retryable",
  ambiguous: "ambiguous",
  misconfigured: "misconfigured",
};

/** Declares the tests that every channel must pass. */
export function channelSuite(options: ChannelSuiteOptions): void {
  const { describe, it, expect, name, create, recipient = sampleRecipient(), unreachable } = options;
  const secrets = [...(options.secrets ?? []), recipient.phone ?? "", recipient.email ?? ""];

  function message(changes: Partial<OutboundMessage> = {}): OutboundMessage {
    return deepFreeze(sampleMessage({ recipient, ...changes }));
  }

  /** Runs a test on a subject of its own and frees it. */
  async function using(make: MakeSubject, test: (subject: ChannelSubject) => Promise<void>): Promise<void> {
    const subject = await make();
    try {
      await test(subject);
    } finally {
      await subject.dispose?.();
    }
  }

  /** A send that must end with a valid result. */
  async function send(
    channel: Channel,
    outbound: OutboundMessage,
    sendOptions: Partial<SendOptions> = {},
  ): Promise<SendResult> {
    const signal = new AbortController().signal;
    const outcome = await outcomeOf(
      () => channel.send(outbound, { signal, idempotencyKey: outbound.deliveryId, ...sendOptions }),
      10_000,
    );
    if (outcome.kind === "late") throw new Error("send had not ended after 10 s");
    if (outcome.kind === "threw")
      throw new Error(`send threw instead of answering with a result: ${String(outcome.error)}`);
    expect(problemsWith(sendResultSchema, outcome.value), "what is wrong with the result").toBe("");
    const { value } = outcome;
    if ("reason" in value)
      expect(leaks(value.reason, secrets), `secrets and addresses in the reason "${value.reason}"`).toEqual(
        [],
      );
    return value;
  }

  describe(name, () => {
    it("has a stable, non-empty name and plain, valid capabilities", () =>
      using(create, async ({ channel }) => {
        expect(typeof channel.name === "string" && channel.name.length > 0, "the name is a text").toBe(true);
        expect(channel.name, "the name, asked again").toBe(channel.name);
        expect(
          problemsWith(channelCapabilitiesSchema, channel.capabilities),
          "what is wrong with the capabilities",
        ).toBe("");
        expect(
          JSON.parse(JSON.stringify(channel.capabilities)),
          "the capabilities after a trip through JSON",
        ).toEqual({ ...channel.capabilities });
        await send(channel, message());
        expect(channel.name === (await freshName(create)), "two of a kind, made alike, have one name").toBe(
          true,
        );
      }));

    it("sends, and says so with a valid result", () =>
      using(create, async ({ channel, effects }) => {
        const result = await send(channel, message({ content: "marker-one" }));
        expect(result.outcome, "the outcome").toBe("sent");
        if (effects)
          expect(
            (await effects()).filter((text) => text.includes("marker-one")).length,
            "effects of one send",
          ).toBe(1);
      }));

    it("reaches whom it has an address for, and says so of nobody else", () =>
      using(create, async ({ channel }) => {
        expect(channel.canReach?.(recipient) ?? true, "canReach(recipient)").toBe(true);
        if (unreachable !== null)
          expect(channel.canReach?.(unreachable), "canReach(unreachable)").toBe(false);
        if (channel.canReach) {
          expect(
            typeof channel.canReach({ id: "nobody", available: true }),
            "canReach of somebody without any address",
          ).toBe("boolean");
        }
        for (const urgency of channel.matchesUrgency ? urgencies : []) {
          expect(typeof channel.matchesUrgency?.(urgency), `matchesUrgency(${urgency})`).toBe("boolean");
        }
      }));

    it("names one address for one recipient, where it names addresses, and fails for nobody", () =>
      using(create, async ({ channel }) => {
        if (channel.destination === undefined) return;
        const destination = channel.destination(recipient);
        expect(typeof destination === "string" && destination !== "", "the address is a text").toBe(true);
        expect(channel.destination({ ...recipient, id: "another", name: "Another" }), "for another id").toBe(
          destination,
        );
        const nobody = await outcomeOf(async () => channel.destination?.({ id: "nobody", available: true }));
        expect(nobody.kind, "what becomes of asking for somebody without any address").toBe("value");
      }));

    if (unreachable !== null) {
      it("fails for good, without a throw, when it is made to send to somebody it cannot reach", () =>
        using(create, async ({ channel, effects }) => {
          const result = await send(channel, message({ recipient: unreachable }));
          expect(
            result.outcome === "permanent" || result.outcome === "misconfigured",
            `the outcome ${result.outcome} is final`,
          ).toBe(true);
          if (effects) expect((await effects()).length, "effects").toBe(0);
        }));
    }

    it("answers with a result to any text, subject and metadata", () =>
      using(create, async ({ channel }) => {
        for (const [index, text] of hostileTexts.entries()) {
          await send(
            channel,
            message({
              deliveryId: `hostile_${index}`,
              content: text,
              subject: text,
              reason: text,
              trigger: text,
              metadata: { [text]: text },
            }),
          );
        }
      }));

    it("keeps sends apart that are under way together", () =>
      using(create, async ({ channel, effects }) => {
        const markers = Array.from(
          { length: 8 },
          (_, index) => `marker-${String.fromCharCode(97 + index)}-end`,
        );
        const results = await Promise.all(
          markers.map((content) => send(channel, message({ id: content, deliveryId: content, content }))),
        );
        for (const [index, result] of results.entries())
          expect(result.outcome, `outcome of send ${index}`).toBe("sent");
        const ids = results.flatMap((result) =>
          result.outcome === "sent" && result.externalId !== undefined ? [result.externalId] : [],
        );
        expect(new Set(ids).size, "different vendor's ids").toBe(ids.length);
        if (!effects) return;
        const texts = await effects();
        for (const marker of markers)
          expect(texts.filter((text) => text.includes(marker)).length, `effects with ${marker}`).toBe(1);
      }));

    it("has one effect for one key, if it says that it is idempotent, and another for another key", () =>
      using(create, async ({ channel, effects }) => {
        if (!channel.capabilities.idempotent) return;
        if (!effects)
          throw new Error(
            "The channel says that it is idempotent: give the subject effects(), so that this can be tested.",
          );
        const first = await send(channel, message({ content: "marker-once" }), { idempotencyKey: "key-1" });
        const again = await send(channel, message({ content: "marker-once" }), { idempotencyKey: "key-1" });
        expect([first.outcome, again.outcome], "both outcomes").toEqual(["sent", "sent"]);
        expect(
          (await effects()).filter((text) => text.includes("marker-once")).length,
          "effects of one key",
        ).toBe(1);
        await send(channel, message({ content: "marker-once" }), { idempotencyKey: "key-2" });
        expect(
          (await effects()).filter((text) => text.includes("marker-once")).length,
          "effects of two keys",
        ).toBe(2);
      }));

    it("keeps to its maxLength: splits, cuts or refuses what is longer", () =>
      using(create, async ({ channel, effects }) => {
        const { maxLength } = channel.capabilities;
        if (maxLength === undefined) return;
        const fits = await send(channel, message({ deliveryId: "fits", content: "y".repeat(maxLength) }));
        expect(fits.outcome, "the outcome at exactly maxLength").toBe("sent");
        const longer = await send(
          channel,
          message({ deliveryId: "longer", content: "z".repeat(maxLength + 1) }),
        );
        if (longer.outcome !== "sent") expect(longer.outcome, "a refusal is final").toBe("permanent");
        if (!effects) return;
        const longest = Math.max(0, ...(await effects()).map((text) => (text.match(/z+/) ?? [""])[0].length));
        expect(longest <= maxLength, `the longest text that left, ${longest}, is at most ${maxLength}`).toBe(
          true,
        );
      }));

    it("ends promptly when its signal is aborted before it begins", () =>
      using(create, async ({ channel }) => {
        const outcome = await outcomeOf(() =>
          channel.send(message(), { signal: AbortSignal.abort(), idempotencyKey: "aborted" }),
        );
        expect(outcome.kind === "late", `still under way ${promptMs} ms after the abort`).toBe(false);
      }));

    if (options.hanging) {
      const { hanging } = options;
      it("ends promptly, and claims nothing, when its signal is aborted while it waits", () =>
        using(hanging, async ({ channel }) => {
          const controller = new AbortController();
          const sending = outcomeOf(() =>
            channel.send(message(), { signal: controller.signal, idempotencyKey: "aborted" }),
          );
          setTimeout(() => controller.abort(), 50);
          const outcome = await sending;
          expect(outcome.kind === "late", `still under way ${promptMs} ms after the abort`).toBe(false);
          const claimed =
            outcome.kind === "value" &&
            (outcome.value.outcome === "sent" || outcome.value.outcome === "permanent");
          expect(claimed, "it claims to know what became of the message").toBe(false);
        }));
    }

    for (const [kind, make] of Object.entries(options.failures ?? {}) as [FailureKind, MakeSubject][]) {
      it(`answers with a result, and tries once, when the far end fails: ${kind}`, () =>
        using(make, async ({ channel, requests }) => {
          const result = await send(channel, message());
          expect(result.outcome, "the outcome").toBe(outcomeFor[kind]);
          if (kind === "rateLimited") {
            expect(
              result.outcome === "retryable" && (result.retryAfterMs ?? 0) > 0,
              "it says when to come back",
            ).toBe(true);
          }
          if (requests)
            expect((await requests()) <= 1, "requests for one send: retries are the hub's").toBe(true);
        }));
    }

    it("rewrites what it sent, where it can, and nothing that it does not know", () =>
      using(create, async ({ channel }) => {
        if (channel.update === undefined) return;
        const sent = await send(channel, message({ content: "marker-before" }));
        const known = sent.outcome === "sent" ? sent.externalId : undefined;
        for (const externalId of ["no-such-message", ...(known === undefined ? [] : [known, known])]) {
          const signal = new AbortController().signal;
          const outcome = await outcomeOf(
            () => channel.update?.(message({ content: "marker-after" }), { signal, externalId }),
            10_000,
          );
          expect(outcome.kind, "what became of the update").toBe("value");
          const result = outcome.kind === "value" ? outcome.value : undefined;
          expect(problemsWith(sendResultSchema, result), "what is wrong with the result").toBe("");
          const final = externalId === known ? ["sent"] : ["permanent", "misconfigured"];
          expect(final.includes(result?.outcome ?? ""), `the outcome ${result?.outcome}`).toBe(true);
        }
      }));

    it("has a health check that answers, where it has one", () =>
      using(create, async ({ channel }) => {
        if (channel.health === undefined) return;
        const outcome = await outcomeOf(() => channel.health?.(), 10_000);
        expect(outcome.kind === "value" && typeof outcome.value?.healthy, "whether it is healthy").toBe(
          "boolean",
        );
      }));

    if (options.plugin) {
      const { plugin: makePlugin } = options;
      it("can be set up, stopped and set up again", async () => {
        const plugin = makePlugin();
        const names: string[][] = [];
        for (let start = 1; start <= 2; start += 1) {
          const recording = recordingHost();
          await plugin.setup(recording.host);
          names.push(recording.channels.map((channel) => channel.name));
          await recording.stop();
        }
        expect(plugin.specVersion, "the contract's version").toBe(1);
        expect((names[0]?.length ?? 0) > 0, "it registers a channel").toBe(true);
        expect(names[1], "the channels of the second start").toEqual(names[0]);
      });
    }
  });
}

async function freshName(create: MakeSubject): Promise<string> {
  const subject = await create();
  try {
    return subject.channel.name;
  } finally {
    await subject.dispose?.();
  }
}
