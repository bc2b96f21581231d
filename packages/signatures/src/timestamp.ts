import { OrchestratorError } from "@hybrid-orchestrator/core";
import { type Refused, refuse } from "./verdict.js";

export interface ToleranceOptions {
  /** How far the sender's clock and ours may differ, either way; default five minutes, at most a day. */
  readonly toleranceMs?: number;
}

/** Seconds since the epoch, or where a vendor does not say, seconds or milliseconds, told apart by their size. */
export type TimestampUnit = "seconds" | "either";

const defaultToleranceMs = 5 * 60_000;
const longestToleranceMs = 24 * 60 * 60_000;

/** @throws OrchestratorError `invalid_configuration` */
export function checkTolerance({ toleranceMs = defaultToleranceMs }: ToleranceOptions): number {
  if (Number.isInteger(toleranceMs) && toleranceMs > 0 && toleranceMs <= longestToleranceMs)
    return toleranceMs;
  throw new OrchestratorError(
    "invalid_configuration",
    `toleranceMs is ${toleranceMs}. Pass a whole number of milliseconds from 1 to ${longestToleranceMs}.`,
  );
}

/** The moment a header names, in milliseconds; undefined when it names none. */
export function readTimestamp(text: string, unit: TimestampUnit): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  // As seconds, 10^11 is in the year 5138; as milliseconds, in 1973.
  return unit === "either" && value >= 1e11 ? value : value * 1000;
}

/** A refusal when `signedAt` is too far from now. Compares whole seconds, since that is what senders write. */
export function refuseByAge(signedAt: number, now: number, toleranceMs: number): Refused | undefined {
  const ageMs = (Math.floor(now / 1000) - Math.floor(signedAt / 1000)) * 1000;
  if (ageMs > toleranceMs) return refuse("expired", `signed ${ageMs / 1000} s ago`);
  if (-ageMs > toleranceMs) return refuse("future", `signed ${-ageMs / 1000} s ahead of this clock`);
  return undefined;
}
