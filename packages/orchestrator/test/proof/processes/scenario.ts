import { appendFileSync, readFileSync } from "node:fs";
import type { Plugin, SendResult, TriggerInput } from "@hybrid-orchestrator/core";
import { channelDouble, sent } from "../channel-double.js";
import { type LedgerEntry, ledgerLine, parseLedger } from "../ledger.js";

/** What a worker process is told, as JSON on its command line. */
export interface WorkerOrder {
  readonly databasePath: string;
  /** Effects of the channels' doubles. Appending is synchronous, so what happened is on record whenever it dies. */
  readonly ledgerPath: string;
  /** Answers that the worker got. */
  readonly answersPath: string;
  /** How far its clock is ahead, because recoveries before it have moved the sessions' time. */
  readonly clockOffsetMs: number;
  readonly durability: "full" | "normal";
  /** Numbers of its inputs begin here. */
  readonly firstInput: number;
  /** Between two calls in one session; 0: full load. */
  readonly pauseMs: number;
  /** Stops by itself after so long; null: works until it is killed. */
  readonly forMs: number | null;
}

export const sessionNames = Array.from({ length: 8 }, (_, index) => `session-${index}`);

const always = { maxFires: 1_000_000, cooldownSeconds: 0 } as const;

/** Fires at every change, at every third, after a silence, and sends on both kinds of channel. */
export const triggers: readonly TriggerInput[] = [
  {
    name: "each",
    condition: { type: "field_changed", field: "ssn" },
    action: { type: "ui_action", action: "noted" },
    ...always,
  },
  {
    name: "third",
    condition: { type: "field_error", field: "ssn", times: 3, withinSeconds: 86_400 },
    action: { type: "ui_action", action: "help" },
    ...always,
  },
  {
    name: "unsigned",
    condition: {
      type: "absence_after",
      step: { activity: "quote" },
      without: { activity: "signed" },
      seconds: 0.05,
    },
    action: { type: "send", message: "Sign, please", channel: "dedup" },
    ...always,
  },
  {
    name: "ask",
    condition: { type: "rate", activity: "question", times: 1, withinSeconds: 1 },
    action: { type: "send", message: "We call you", channel: "plain" },
    ...always,
  },
];

export const idempotentChannels: ReadonlySet<string> = new Set(["dedup"]);

/** Two channels that write to the ledger's file; while it is rough they fail now and then, before or after the effect. */
export function channelsPlugin(ledgerPath: string, rough: boolean): Plugin {
  const write = (entry: LedgerEntry): void => appendFileSync(ledgerPath, ledgerLine(entry));
  return {
    specVersion: 1,
    name: "channels",
    setup(host) {
      for (const name of ["dedup", "plain"]) {
        host.channel(
          channelDouble({
            name,
            idempotent: idempotentChannels.has(name),
            write,
            async behave(take, options): Promise<SendResult> {
              const dice = rough ? Math.random() : 1;
              if (dice < 0.05) return { outcome: "retryable", reason: "busy" };
              if (dice < 0.1) throw new Error("fails before it sends");
              take();
              if (dice < 0.15) throw new Error("fails after it sent");
              // Half of the sends take a while, so that there is something to be killed in.
              if (dice < 0.5) await new Promise((resolve) => setTimeout(resolve, 20));
              return sent(options);
            },
          }),
        );
      }
    },
  };
}

/** A line of the answers' file. */
export interface AnswerLine {
  readonly sessionId: string;
  readonly id: string;
  readonly seq: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

export function readAnswers(path: string): AnswerLine[] {
  return readLines(path).map((line) => JSON.parse(line) as AnswerLine);
}

export function readLedger(path: string): LedgerEntry[] {
  return parseLedger(readFileSync(path, "utf8"));
}

/** The last line may be half written when its process is killed. */
function readLines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
