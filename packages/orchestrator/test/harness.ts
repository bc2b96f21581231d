import {
  type Channel,
  OrchestratorError,
  type OutboundMessage,
  type Plugin,
  type SendResult,
} from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach } from "vitest";

const running: Orchestrator[] = [];
afterEach(async () => {
  for (const orchestrator of running.splice(0)) await orchestrator.stop();
});

export interface Harness {
  readonly orchestrator: Orchestrator;
  readonly clock: VirtualClock;
  /** What left through the channel `test`. */
  readonly sent: OutboundMessage[];
}

/** An orchestrator in memory on a clock that stands still, with one channel that reaches everybody. */
export async function harness(
  options: Partial<OrchestratorOptions> = {},
  { start = true } = {},
): Promise<Harness> {
  const clock = (options.clock as VirtualClock | undefined) ?? virtualClock(Date.UTC(2026, 0, 5, 9));
  const sent: OutboundMessage[] = [];
  const channel = recordingChannel("test", sent);
  const { plugins = [], ...rest } = options;
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    plugins: [channelPlugin(channel), ...plugins],
    ...rest,
  });
  running.push(orchestrator);
  if (start) await orchestrator.start();
  return { orchestrator, clock, sent };
}

export function track(orchestrator: Orchestrator): Orchestrator {
  running.push(orchestrator);
  return orchestrator;
}

export function recordingChannel(
  name: string,
  sent: OutboundMessage[],
  answer: (message: OutboundMessage) => SendResult | Promise<SendResult> = () => ({ outcome: "sent" }),
  capabilities: Partial<Channel["capabilities"]> = {},
): Channel {
  return {
    name,
    capabilities: {
      idempotent: false,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience: "both",
      ...capabilities,
    },
    async send(message) {
      sent.push(message);
      return answer(message);
    },
  };
}

export function channelPlugin(channel: Channel): Plugin {
  return { specVersion: 1, name: `channel:${channel.name}`, setup: (host) => host.channel(channel) };
}

/** The code of what a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error.code;
    throw error;
  }
}

export const change = (fieldId: string, value?: string) => ({
  type: "field_change",
  data: { fieldId, ...(value !== undefined && { value }) },
});
