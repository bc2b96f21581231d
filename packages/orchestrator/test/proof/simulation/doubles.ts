import type { Agent, Plugin, SendOptions, SendResult } from "@hybrid-orchestrator/core";
import { channelDouble, sent } from "../channel-double.js";
import type { LedgerEntry } from "../ledger.js";
import type { Random } from "../random.js";
import { optOut } from "./limit-watch.js";

/** What the doubles of one node stand in: they fall silent when it dies, and act on a world that does not. */
export interface Surroundings {
  readonly random: Random;
  readonly ledger: LedgerEntry[];
  /** A message arrives. */
  readonly arrives: (entry: LedgerEntry) => void;
  /** An agent is asked about a session. */
  readonly asked: (sessionId: string) => void;
  /** Everything goes well from now on. */
  readonly isCalm: () => boolean;
  readonly isDead: () => boolean;
  readonly die: () => void;
}

export const idempotentChannels: ReadonlySet<string> = new Set(["dedup"]);

const never = (): Promise<never> => new Promise(() => undefined);

/** Two channels, one of which deduplicates; an agent and an action. All of them fail in every way they may. */
export function doublesPlugin(around: Surroundings): Plugin {
  return {
    specVersion: 1,
    name: "doubles",
    setup(host) {
      for (const name of ["dedup", "plain"]) {
        host.channel(
          channelDouble({
            name,
            idempotent: idempotentChannels.has(name),
            write: around.arrives,
            behave: (take, options) => sendAnyhow(around, take, options),
          }),
        );
      }
      host.agent(agentDouble(around));
      host.action("log", async ({ session, idempotencyKey }) => {
        await misbehave(around, () => {
          around.ledger.push({
            channel: "action:log",
            key: idempotencyKey,
            sessionId: session.id,
            effectId: idempotencyKey,
          });
        });
      });
    },
  };
}

async function sendAnyhow(around: Surroundings, take: () => void, options: SendOptions): Promise<SendResult> {
  if (around.isDead()) return never();
  const { random } = around;
  const dice = around.isCalm() ? 0 : random.below(20);
  switch (dice) {
    case 11:
      return {
        outcome: "retryable",
        reason: "busy",
        retryAfterMs: random.below(5_000),
      };
    case 12:
      return random.chance(0.3)
        ? { outcome: "permanent", reason: optOut, suppress: true }
        : { outcome: "permanent", reason: "no such address" };
    case 13:
      throw new Error("fails before it sends");
    case 14:
      take();
      throw new Error("fails after it sent");
    case 15:
      take();
      return { outcome: "ambiguous", reason: "no answer" };
    case 16: {
      // Hangs until it is given up, and has sent or has not.
      const hasSent = random.chance(0.5);
      if (hasSent) take();
      const late: SendResult =
        hasSent && random.chance(0.5) ? sent(options) : { outcome: "ambiguous", reason: "aborted" };
      return new Promise((resolve) => options.signal.addEventListener("abort", () => resolve(late)));
    }
    case 17:
      around.die();
      return never();
    case 18:
      take();
      around.die();
      return never();
    case 19:
      take();
      return "nonsense" as unknown as SendResult;
    default:
      take();
      return sent(options);
  }
}

function agentDouble(around: Surroundings): Agent {
  return {
    name: "advisor",
    async analyze({ session }) {
      if (!around.isDead()) around.asked(session.id);
      await misbehave(around, () => undefined);
      const action = around.random.pick(["continue", "prompt_user", "escalate", "complete"]);
      return { action, message: "A word", reasoning: "because", confidence: 1 };
    },
    async *respond() {
      yield "Yes.";
    },
  };
}

/** Does it, unless it fails, hangs or dies, before or after. */
async function misbehave(around: Surroundings, work: () => void): Promise<void> {
  if (around.isDead()) return never();
  const dice = around.isCalm() ? 0 : around.random.below(12);
  if (dice === 8) throw new Error("fails before");
  if (dice === 9) return never();
  if (dice === 10) {
    around.die();
    return never();
  }
  work();
  if (dice === 11) throw new Error("fails after");
}
