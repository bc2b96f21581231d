import {
  type Channel,
  type Clock,
  type InboundMessage,
  OrchestratorError,
  type OutboundMessage,
  type Plugin,
  type PluginHost,
  parseWith,
  type SendResult,
  systemClock,
  type UpdateOptions,
  untilAborted,
} from "@hybrid-orchestrator/core";
import type { Posted } from "./adapter.js";
import { destinationOf, externalIdOf, isDirect, isPlace, isThread, messageOf, threadOf } from "./address.js";
import { type ChatSdkChannelConfig, chatSdkChannelConfigSchema, type Settings } from "./config.js";
import { type Connection, connectionOf } from "./connection.js";
import { receiveRoutes } from "./inbound/routes.js";
import { interruptedResult, type Phase, resultOfError } from "./outcome.js";
import { type Postable, postableOf } from "./payload.js";

/** The plugin, and the channel itself for `channels.register`. */
export type ChatSdkChannelPlugin = Plugin & { readonly channel: Channel };

/** Their adapters have the method and cannot do it. */
const unedited: readonly string[] = ["whatsapp"];

/** What platforms take as one message, in characters; adapters cut or split what is longer. */
const knownLengths: Readonly<Record<string, number>> = { discord: 2_000, telegram: 4_096, whatsapp: 4_096 };

/**
 * A channel over an adapter of the npm package `chat`.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function chatSdkChannel(config: ChatSdkChannelConfig): ChatSdkChannelPlugin {
  const parsed = parseWith(chatSdkChannelConfigSchema, config, {
    name: "Chat SDK channel's configuration",
    code: "invalid_configuration",
  });
  const settings: Settings = {
    ...parsed,
    name: parsed.name ?? parsed.adapter.name,
    maxLength: parsed.maxLength ?? knownLengths[parsed.adapter.name],
  };
  const { name } = settings;
  let clock: Clock = systemClock;
  let host: PluginHost | undefined;
  const connection = connectionOf({
    settings,
    now: () => clock.now(),
    async receive(message) {
      if (host === undefined) throw new OrchestratorError("not_running", "Nobody takes messages in yet.");
      const received = await host.receive(message);
      const answers = received.status === "acknowledged" || received.status === "refused";
      if (answers && received.reply !== null) await tell(message, received.reply);
    },
    onFailure: (error) => failed("A message from a platform was not recorded.", error),
  });
  const channel = channelOver(settings, connection);

  /** What became of a button that a worker pressed. For the eye alone: a failure is told and not repeated. */
  async function tell({ data }: InboundMessage, reply: string): Promise<void> {
    const thread = data?.thread;
    if (typeof thread !== "string") return;
    try {
      await settings.adapter.postMessage(thread, reply as never);
    } catch (error) {
      failed("Whoever pressed a button was not told what became of it.", error);
    }
  }

  function failed(what: string, error: unknown): void {
    host?.logger.error(what, {
      channel: name,
      code: OrchestratorError.isInstance(error) ? error.code : "internal",
    });
  }

  return {
    specVersion: 1,
    name,
    channel,
    setup(given) {
      host = given;
      clock = given.clock;
      given.onStop(() => connection.stop());
      given.channel(channel);
      receiveRoutes({ settings, connection, host: given });
    },
  };
}

function channelOver(settings: Settings, connection: Connection): Channel {
  const { name, adapter, audience, format, maxLength } = settings;
  return {
    name,
    capabilities: {
      // Adapters take no key for repeated posts.
      idempotent: false,
      twoWay: true,
      statusCallbacks: false,
      threads: true,
      answers: "buttons",
      ...(maxLength !== undefined && { maxLength }),
      richText: format === "markdown",
      audience,
    },
    canReach: (recipient) => destinationOf(recipient, settings) !== undefined,
    destination: (recipient) => destinationOf(recipient, settings),
    async send(message, { signal }) {
      const destination = destinationOf(message.recipient, settings);
      if (destination === undefined)
        return { outcome: "permanent", reason: "the recipient has no address on this platform" };
      let postable: Postable;
      try {
        postable = postableOf(message, { ...settings, platform: adapter.name });
      } catch (error) {
        if (OrchestratorError.isInstance(error)) return { outcome: "permanent", reason: error.message };
        throw error;
      }
      return post({ postable, message, destination, signal });
    },
    ...(adapter.editMessage !== undefined && !unedited.includes(adapter.name) && { update: edit }),
  };

  async function edit(
    { content, subject }: OutboundMessage,
    { externalId, signal }: UpdateOptions,
  ): Promise<SendResult> {
    const place = messageOf(externalId, adapter);
    if (place === undefined)
      return { outcome: "permanent", reason: "the externalId names no message of the platform" };
    try {
      const written = { content, metadata: {}, ...(subject !== undefined && { subject }) };
      const postable = postableOf(written, { ...settings, platform: adapter.name });
      await connection.start();
      signal.throwIfAborted();
      await untilAborted(
        Promise.resolve(adapter.editMessage?.(place.threadId, place.messageId, postable as never)),
        signal,
      );
      return { outcome: "sent", externalId };
    } catch (error) {
      if (OrchestratorError.isInstance(error)) return { outcome: "permanent", reason: error.message };
      return signal.aborted ? interruptedResult("posting") : resultOfError(error, "posting");
    }
  }

  interface Posting {
    readonly postable: Postable;
    readonly message: OutboundMessage;
    readonly destination: string;
    readonly signal: AbortSignal;
  }

  async function post({ postable, message, destination, signal }: Posting): Promise<SendResult> {
    let phase: Phase = "opening";
    async function posted(): Promise<SendResult> {
      await connection.start();
      const threadId = await threadFor(message, destination);
      if (threadId === undefined)
        return { outcome: "permanent", reason: "the address is no user of this platform" };
      signal.throwIfAborted();
      phase = "posting";
      const written =
        adapter.postChannelMessage === undefined || isThread(threadId, adapter)
          ? await adapter.postMessage(threadId, postable as never)
          : await adapter.postChannelMessage(adapter.channelIdFromThreadId(threadId), postable as never);
      return { outcome: "sent", externalId: idOf(threadId, written) };
    }
    try {
      return await untilAborted(posted(), signal);
    } catch (error) {
      return signal.aborted ? interruptedResult(phase) : resultOfError(error, phase);
    }
  }

  async function threadFor(message: OutboundMessage, destination: string): Promise<string | undefined> {
    const begun = message.thread === undefined ? undefined : threadOf(message.thread, adapter);
    if (begun !== undefined) return begun;
    if (isPlace(destination, adapter)) return destination;
    const opened = await adapter.openDM?.(destination);
    // Else a number of a group would pass for a person's.
    return opened !== undefined && (adapter.isDM === undefined || isDirect(opened, adapter))
      ? opened
      : undefined;
  }

  /** A message that opened a thread is called by that, since answers name the thread alone. */
  function idOf(threadId: string, written: Posted): string {
    return written.threadId === threadId ? externalIdOf(threadId, written.id) : written.threadId;
  }
}
