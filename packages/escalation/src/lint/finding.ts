import type { Schedule } from "@hybrid-orchestrator/core";

export const findingCodes = [
  "unknown_target",
  "unknown_worker",
  "no_targets",
  "fallback_repeats_targets",
  "offer_longer_than_wait",
  "held_forever",
  "unreachable_level",
  "repeat_without_effect",
  "many_rounds",
  "calendar_never_opens",
  "no_next_opening",
  "closed_longer_than_ttl",
  "ttl_too_short",
  "long_silence",
  "claim_never_ends",
  "sla_before_next_level",
  "sla_while_closed",
  "sla_order",
  "sla_never_due",
  "announcement_without_worker",
  "unknown_placeholder",
  "missing_locale",
  "schedule_gap",
] as const;

export interface PolicyFinding {
  /** `error`: it cannot work as it is written. `warning`: it does something that is rarely meant. */
  readonly severity: "error" | "warning";
  readonly code: (typeof findingCodes)[number];
  /** Keys and indexes from the policy's root. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what to do. */
  readonly message: string;
}

/** What exists: whom a policy may name. */
export interface PolicyDirectory {
  readonly workers: readonly string[];
  readonly roles: readonly string[];
  readonly queues: readonly string[];
  readonly channels: readonly string[];
  readonly schedules: Readonly<Record<string, Schedule>>;
}

/** `90 s`, `30 min`, `64 h`, `9 days`. */
export function duration(seconds: number): string {
  if (seconds < 600) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 4 * 86_400) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 8_640) / 10} days`;
}
