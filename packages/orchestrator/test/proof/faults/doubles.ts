import type { Plugin } from "@hybrid-orchestrator/core";
import { channelDouble, sent } from "../channel-double.js";
import type { LedgerEntry } from "../ledger.js";

/** Channels that need a retry and a fallback, an agent that answers, an action that is run. */
export function scriptedDoubles(ledger: LedgerEntry[], isDead: () => boolean): Plugin {
  const write = (entry: LedgerEntry): void => {
    if (!isDead()) ledger.push(entry);
  };
  const tried = new Set<string>();
  return {
    specVersion: 1,
    name: "doubles",
    setup(host) {
      host.channel(
        channelDouble({
          name: "dedup",
          idempotent: true,
          write,
          behave(take, options) {
            if (!tried.has(options.idempotencyKey)) {
              tried.add(options.idempotencyKey);
              return { outcome: "retryable", reason: "busy", retryAfterMs: 1_000 };
            }
            take();
            return sent(options);
          },
        }),
      );
      host.channel(
        channelDouble({
          name: "plain",
          idempotent: false,
          write,
          behave(take, options) {
            take();
            return sent(options);
          },
        }),
      );
      host.channel(
        channelDouble({
          name: "broken",
          idempotent: false,
          write,
          behave: () => ({ outcome: "permanent", reason: "no such address" }),
        }),
      );
      host.agent({
        name: "advisor",
        analyze: async () => ({ action: "prompt_user", message: "A word", reasoning: "", confidence: 1 }),
        async *respond() {
          yield "Yes.";
        },
      });
      host.action("log", ({ session, idempotencyKey }) => {
        write({
          channel: "action:log",
          key: idempotencyKey,
          sessionId: session.id,
          effectId: idempotencyKey,
        });
      });
    },
  };
}
