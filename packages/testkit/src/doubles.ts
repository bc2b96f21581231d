import type {
  Agent,
  AgentInput,
  Channel,
  ChannelCapabilities,
  Decision,
  OutboundMessage,
  SendOptions,
  SendResult,
} from "@hybrid-orchestrator/core";

export interface TestChannelOptions
  extends Partial<Pick<Channel, "canReach" | "destination" | "matchesUrgency" | "health">> {
  /** Default: `test`. */
  readonly name?: string;
  /** Default: nothing special, for both audiences. */
  readonly capabilities?: Partial<ChannelCapabilities>;
}

/** A channel that keeps account of itself. */
export interface TestChannel extends Channel {
  /** Every call of `send`, in order. */
  readonly calls: readonly { readonly message: OutboundMessage; readonly idempotencyKey: string }[];
  /** What arrived: once for each key where the channel is idempotent. */
  readonly effects: readonly OutboundMessage[];
}

type Send = (message: OutboundMessage, options: SendOptions) => Promise<SendResult>;

/** Takes every message. */
export function sendingChannel(options: TestChannelOptions = {}): TestChannel {
  return channelThat(options, (take) => async (message, { idempotencyKey }) => {
    take(message, idempotencyKey);
    return { outcome: "sent", externalId: `ext-${message.deliveryId}` };
  });
}

/** Answers with these results, one after the other; the last one for good. Only `sent` has an effect. */
export function failingChannel(
  results: readonly [SendResult, ...SendResult[]],
  options: TestChannelOptions = {},
): TestChannel {
  let next = 0;
  return channelThat(options, (take) => async (message, { idempotencyKey }) => {
    const result = results[Math.min(next++, results.length - 1)] ?? results[0];
    if (result.outcome === "sent") take(message, idempotencyKey);
    return result;
  });
}

/** Throws, before or after the message has left. */
export function throwingChannel(
  options: TestChannelOptions & { readonly afterSending?: boolean; readonly error?: unknown } = {},
): TestChannel {
  const { afterSending = false, error = new Error("the test channel throws") } = options;
  return channelThat(options, (take) => async (message, { idempotencyKey }) => {
    if (afterSending) take(message, idempotencyKey);
    throw error;
  });
}

export interface HangingChannel extends TestChannel {
  /** Lets every send that hangs end, with an effect if it says `sent`. */
  release(result: SendResult): void;
}

/** Does not answer until it is released or, unless it ignores that, aborted. */
export function hangingChannel(
  options: TestChannelOptions & { readonly ignoresAbort?: boolean } = {},
): HangingChannel {
  const waiting = new Set<(result: SendResult) => void>();
  const channel = channelThat(options, (take) => (message, { idempotencyKey, signal }) => {
    return new Promise((resolve) => {
      const end = (result: SendResult) => {
        waiting.delete(end);
        if (result.outcome === "sent") take(message, idempotencyKey);
        resolve(result);
      };
      waiting.add(end);
      if (options.ignoresAbort === true) return;
      const abort = () => end({ outcome: "ambiguous", reason: "aborted" });
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  });
  return Object.assign(channel, {
    release(result: SendResult) {
      for (const end of [...waiting]) end(result);
    },
  });
}

/** Answers what no channel may answer, one after the other; the last one for good. The messages do arrive. */
export function lyingChannel(
  answers: readonly [unknown, ...unknown[]],
  options: TestChannelOptions = {},
): TestChannel {
  let next = 0;
  return channelThat(options, (take) => async (message, { idempotencyKey }) => {
    take(message, idempotencyKey);
    return answers[Math.min(next++, answers.length - 1)] as SendResult;
  });
}

/** Fails with megabytes of text that is full of personal data and secrets. */
export function floodingChannel(options: TestChannelOptions & { readonly bytes?: number } = {}): TestChannel {
  const line =
    "call +1 (415) 555-0123 or write to ada@example.com with Bearer abcdef0123456789abcdef0123456789 ";
  const reason = line.repeat(Math.ceil((options.bytes ?? 5_000_000) / line.length));
  return channelThat(options, () => async () => ({ outcome: "retryable", reason }));
}

/** Its promise answers twice: first `sent`, then with a failure. The message arrives once. */
export function twiceAnsweringChannel(options: TestChannelOptions = {}): TestChannel {
  return channelThat(options, (take) => (message, { idempotencyKey }) => {
    take(message, idempotencyKey);
    const answer = {
      // biome-ignore lint/suspicious/noThenProperty: a promise that breaks the rules is the point
      then(resolve: (result: SendResult) => void) {
        resolve({ outcome: "sent" });
        resolve({ outcome: "permanent", reason: "changed its mind" });
      },
    };
    return answer as unknown as Promise<SendResult>;
  });
}

function channelThat(
  options: TestChannelOptions,
  behave: (take: (message: OutboundMessage, key: string) => void) => Send,
): TestChannel {
  const { name = "test", capabilities, canReach, destination, matchesUrgency, health } = options;
  const calls: { message: OutboundMessage; idempotencyKey: string }[] = [];
  const effects: OutboundMessage[] = [];
  const keys = new Set<string>();
  const all: ChannelCapabilities = {
    idempotent: false,
    twoWay: false,
    statusCallbacks: false,
    richText: false,
    audience: "both",
    ...capabilities,
  };
  const send = behave((message, key) => {
    if (all.idempotent && keys.has(key)) return;
    keys.add(key);
    effects.push(message);
  });
  return {
    name,
    capabilities: all,
    calls,
    effects,
    send(message, sendOptions) {
      calls.push({ message, idempotencyKey: sendOptions.idempotencyKey });
      return send(message, sendOptions);
    },
    ...(canReach && { canReach }),
    ...(destination && { destination }),
    ...(matchesUrgency && { matchesUrgency }),
    ...(health && { health }),
  };
}

export interface TestAgent extends Agent {
  readonly calls: readonly AgentInput[];
}

type Analyze = Agent["analyze"];
type Respond = Agent["respond"];

/** Decides what it is told to. */
export function decidingAgent(
  decision: Decision,
  options: { readonly name?: string; readonly reply?: readonly string[] } = {},
): TestAgent {
  const { reply = ["Understood."] } = options;
  return agentThat(
    options.name,
    async () => decision,
    async function* () {
      yield* reply;
    },
  );
}

/** Fails at everything. */
export function throwingAgent(options: { readonly name?: string; readonly error?: unknown } = {}): TestAgent {
  const { error = new Error("the test agent throws") } = options;
  return agentThat(
    options.name,
    async () => {
      throw error;
    },
    // biome-ignore lint/correctness/useYield: it fails before its first word
    async function* () {
      throw error;
    },
  );
}

/** Never answers, and gives up when aborted unless it ignores that. */
export function hangingAgent(
  options: { readonly name?: string; readonly ignoresAbort?: boolean } = {},
): TestAgent {
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      if (options.ignoresAbort === true) return;
      const abort = () => reject(new Error("aborted"));
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  return agentThat(
    options.name,
    (_input, { signal }) => hang(signal),
    async function* (_input, { signal }) {
      yield await hang(signal);
    },
  );
}

/** Answers what is no decision, one thing after the other; the last one for good. */
export function garbageAgent(
  answers: readonly [unknown, ...unknown[]],
  options: { readonly name?: string } = {},
): TestAgent {
  let next = 0;
  const answer = () => answers[Math.min(next++, answers.length - 1)];
  return agentThat(
    options.name,
    async () => answer() as Decision,
    async function* () {
      yield answer() as string;
    },
  );
}

function agentThat(name: string | undefined, analyze: Analyze, respond: Respond): TestAgent {
  const calls: AgentInput[] = [];
  return {
    name: name ?? "test-agent",
    calls,
    analyze(input, options) {
      calls.push(input);
      return analyze(input, options);
    },
    respond(input, options) {
      calls.push(input);
      return respond(input, options);
    },
  };
}
