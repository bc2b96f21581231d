import type {
  Agent,
  Clock,
  Decision,
  Escalation,
  EscalationPolicy,
  EscalationPolicyInput,
  JsonObject,
  Plugin,
  SendOptions,
  SendResult,
  Tool,
  TriggerInput,
} from "@hybrid-orchestrator/core";
import type { OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import { channelDouble, sent } from "../channel-double.js";
import type { LedgerEntry } from "../ledger.js";
import type { Random } from "../random.js";

export const team = ["ann", "bob", "cyd"] as const;
export type Member = (typeof team)[number];

/** Cyd belongs to no queue: a level or a transfer has to name her. */
export const queuesOf = (id: Member): string[] => (id === "cyd" ? [] : ["support"]);

export const channel = "dedup";
export const agent = "eager";
/** What a human has to allow; running it twice would be two refunds. */
export const tool = "refund";
export const presenceGraceSeconds = 15;

const often = { maxFires: 4, cooldownSeconds: 5 } as const;

/** An agent is asked at each change of a field; a rule writes to the user after a silence. */
export const triggers: readonly TriggerInput[] = [
  {
    name: "ask",
    condition: { type: "field_changed", field: "*" },
    action: { type: "ask_agent" },
    ...often,
    cooldownSeconds: 0,
  },
  {
    name: "nudge",
    condition: { type: "no_activity", seconds: 12 },
    action: { type: "send", message: "Are you still there?" },
    ...often,
  },
];

/** The policy that a version of the rules has, under the one name that all versions have. */
export function optionsOf(
  policy: EscalationPolicyInput | EscalationPolicy,
  maxPerHour: number,
): Pick<OrchestratorOptions, "triggers" | "sessionTtlSeconds" | "agents" | "escalation"> {
  return {
    triggers,
    // It always says the same, and what is opened for that would not say under which version.
    agents: { maxRepeats: null },
    sessionTtlSeconds: null,
    escalation: {
      policies: { only: policy as EscalationPolicyInput },
      presenceGraceSeconds,
      maxPerHour,
    },
  };
}

/** Whoever opens an escalation says which version of the rules was in force where that was decided. */
export function reasonUnder(version: number): string {
  return `stuck (v${version})`;
}

/** For a tool that an agent wants the library gives the reason, and the arguments say it. */
export function versionOf({ reason, approval }: Pick<Escalation, "reason" | "approval">): number {
  return Number(/\(v(\d+)\)/.exec(reason)?.[1] ?? approval?.args.version);
}

/** What an agent writes names the ownership under which it saw the session. */
function draftUnder(ownershipEpoch: number): string {
  return `Shall I help? (under ${ownershipEpoch})`;
}

export function epochOfDraft(content: unknown): number | null {
  const found = typeof content === "string" ? /\(under (\d+)\)/.exec(content)?.[1] : undefined;
  return found === undefined ? null : Number(found);
}

/** What a tool did. */
export interface Run {
  readonly sessionId: string;
  /** The key of the call that it was run for, or the proposal that somebody else took over to run. */
  readonly for: { readonly key: string } | { readonly proposal: string };
  readonly args: JsonObject;
}

/** What the doubles of one node stand in. */
export interface Surroundings {
  readonly random: Random;
  readonly clock: Clock;
  readonly version: number;
  readonly write: (entry: LedgerEntry) => void;
  /** The agent was shown these activities, by their place in the log. */
  readonly shown: (sessionId: string, seqs: readonly number[]) => void;
  readonly ran: (run: Run) => void;
  readonly isCalm: () => boolean;
  readonly isDead: () => boolean;
  readonly die: () => void;
}

const never = (): Promise<never> => new Promise(() => undefined);

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}

/** A channel that deduplicates and an agent that thinks for a while; both fail now and then. */
export function doublesPlugin(around: Surroundings): Plugin {
  return {
    specVersion: 1,
    name: "doubles",
    setup(host) {
      host.channel(
        channelDouble({
          name: channel,
          idempotent: true,
          write: around.write,
          behave: (take, options) => sendAnyhow(around, take, options),
        }),
      );
      host.agent(agentDouble(around));
      host.tool(toolDouble(around));
    },
  };
}

async function sendAnyhow(around: Surroundings, take: () => void, options: SendOptions): Promise<SendResult> {
  const { random, clock } = around;
  if (around.isDead()) return never();
  const dice = around.isCalm() ? 0 : random.below(24);
  switch (dice) {
    case 18:
      return { outcome: "retryable", reason: "busy", retryAfterMs: random.below(5_000) };
    case 19:
      throw new Error("fails before it sends");
    case 20:
      take();
      throw new Error("fails after it sent");
    case 21:
    case 22:
      // On its way for a while, so that others wait behind it.
      await pause(clock, 1 + random.below(4_000));
      if (around.isDead()) return never();
      break;
    case 23:
      if (random.chance(0.7)) break;
      take();
      around.die();
      return never();
  }
  take();
  return sent(options);
}

function agentDouble(around: Surroundings): Agent {
  const { random, clock, version } = around;
  return {
    name: agent,
    async analyze({ session, activities, tools = [] }): Promise<Decision> {
      if (around.isDead()) return never();
      around.shown(
        session.id,
        activities.map(({ seq }) => seq),
      );
      const dice = around.isCalm() ? 0 : random.below(12);
      if (dice > 5) await pause(clock, random.pick([1, 2_000, 9_000, 25_000]));
      if (around.isDead()) return never();
      if (dice === 3 || dice === 9) {
        const number = random.below(1_000_000);
        const refund = tools.find(({ name }) => name === tool);
        await refund?.call({ callId: `call-${number}`, args: { amount: number, version } });
      }
      if (around.isDead()) return never();
      if (dice === 11) throw new Error("cannot think");
      const act = dice === 4 || dice === 10 ? "escalate" : dice === 5 ? "continue" : "prompt_user";
      return {
        action: act,
        message: draftUnder(session.ownershipEpoch),
        reasoning: "because",
        escalationReason: reasonUnder(version),
        confidence: 1,
      };
    },
    async *respond() {
      yield "ok";
    },
  };
}

function toolDouble(around: Surroundings): Tool {
  const { random, clock } = around;
  return {
    name: tool,
    description: "Pays money back.",
    parameters: { type: "object" },
    needsApproval: true,
    async execute(args, { session, idempotencyKey: key }) {
      if (around.isDead()) return never();
      const dice = around.isCalm() ? 0 : random.below(10);
      if (dice === 6) throw new Error("fails before it pays");
      if (dice === 7) await pause(clock, 3_000);
      if (around.isDead()) return never();
      around.ran({ sessionId: session.id, for: { key }, args });
      if (dice === 8) throw new Error("fails after it paid");
      if (dice === 9 && random.chance(0.5)) {
        around.die();
        return never();
      }
      return { paid: true };
    },
  };
}
