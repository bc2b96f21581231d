import { readFileSync } from "node:fs";
import { type EscalationPolicy, escalationPolicySchema } from "@hybrid-orchestrator/core";
import type { Call } from "../calls.js";

/** What a worker process is told, as JSON on its command line. */
export interface EscalationOrder {
  readonly databasePath: string;
  /** What its channels did. Appending is synchronous, so what happened is on record whenever it dies. */
  readonly ledgerPath: string;
  readonly answersPath: string;
  /** How far its clock is ahead, because recoveries before it have moved the sessions' time. */
  readonly clockOffsetMs: number;
  /** Numbers of its inputs begin here. */
  readonly firstInput: number;
}

/** A line of the answers' file. */
export interface AnswerLine {
  readonly call: Call;
  /** What a recording was answered with. */
  readonly activity: { readonly id: string; readonly seq: number } | null;
}

export const sessionNames = Array.from({ length: 6 }, (_, index) => `case-${index}`);
/** As many as can be. */
export const maxPerHour = 1_000;
export const capacity = 2;

/** Everything within seconds, so that levels fire, offers pass and holders are lost while processes die. */
export const policy: EscalationPolicy = escalationPolicySchema.parse({
  levels: [
    {
      targets: [{ queue: "support" }],
      waitSeconds: 0.2,
      assign: "offer",
      offerSeconds: 0.1,
      parallelOffers: 2,
    },
    { targets: [{ worker: "cyd" }, { channel: "dedup" }], waitSeconds: 0.3 },
  ],
  repeat: { times: 1 },
  onExhausted: { action: "take_contact" },
  acknowledgeSeconds: 0.5,
  skipSeconds: 0.2,
  ttlSeconds: 3,
  slas: { accept: { seconds: 0.1 } },
});

export function readAnswers(path: string): AnswerLine[] {
  // The last line may be half written when its process is killed.
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AnswerLine);
}
