import type {
  Agent,
  AgentInput,
  Channel,
  Decision,
  EscalationPolicyInput,
  OutboundMessage,
  Plugin,
  Tool,
} from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { channelPlugin, recordingChannel, track } from "./harness.js";

export const notifyAll: EscalationPolicyInput = {
  levels: [{ targets: [{ queue: "support" }], waitSeconds: 60 }],
  repeat: { times: 1 },
  onExhausted: { action: "back_to_ai" },
};
export const goOn: Decision = { action: "continue", reasoning: "", confidence: 1 };
export interface Team {
  readonly orchestrator: Orchestrator;
  readonly clock: VirtualClock;
  readonly sent: OutboundMessage[];
  readonly id: string;
  /** What the agent was shown, call by call. */
  readonly seen: AgentInput[];
}

export interface TeamOptions {
  readonly policy?: EscalationPolicyInput;
  readonly decide?: (input: AgentInput) => Decision | Promise<Decision>;
  readonly tools?: readonly Tool[];
  readonly workers?: readonly string[];
  readonly channel?: (sent: OutboundMessage[]) => Channel;
  readonly options?: Partial<OrchestratorOptions>;
}

/** A session in the hands of an agent, and two workers who are online and can do one thing at a time. */
export async function team(given: TeamOptions = {}): Promise<Team> {
  const { policy = notifyAll, decide = () => goOn, workers = ["ann", "bob"] } = given;
  const clock = (given.options?.clock as VirtualClock | undefined) ?? virtualClock(Date.UTC(2026, 0, 5, 9));
  const sent: OutboundMessage[] = [];
  const seen: AgentInput[] = [];
  const agent: Agent = {
    name: "scripted",
    async analyze(input) {
      seen.push(input);
      return decide(input);
    },
    async *respond() {
      yield "ok";
    },
  };
  const brings: Plugin = {
    specVersion: 1,
    name: "agent:scripted",
    setup: (host) => {
      host.agent(agent);
      for (const tool of given.tools ?? []) host.tool(tool);
    },
  };
  const orchestrator = track(
    createOrchestrator({
      storage: sqliteStorage({ path: ":memory:" }),
      clock,
      plugins: [channelPlugin(given.channel?.(sent) ?? recordingChannel("test", sent)), brings],
      triggers: [
        {
          name: "ask",
          condition: { type: "field_changed", field: "*" },
          action: { type: "ask_agent" },
          maxFires: 100,
          cooldownSeconds: 0,
        },
      ],
      escalation: { policies: { support: policy }, presenceGraceSeconds: 30 },
      ...given.options,
    }),
  );
  await orchestrator.start();
  for (const worker of workers) {
    await orchestrator.workers.register({
      id: worker,
      name: worker.toUpperCase(),
      queues: ["support"],
      capacity: { total: 1 },
    });
    await orchestrator.workers.setPresence(worker, "online");
  }
  const { id } = await orchestrator.createSession({ recipient: { id: "user", name: "Ada" } });
  return { orchestrator, clock, sent, seen, id };
}

export const heard = (sent: readonly OutboundMessage[], who: string) =>
  sent.filter(({ recipient }) => recipient.id === who).map(({ content }) => content);
