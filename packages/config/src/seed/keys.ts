import type { Path } from "../problem.js";

/** What an older key is called in a plugin's options, and how its value is read. */
interface OlderKey {
  /** Keys from the options' root. */
  readonly to: Path;
  read?(value: unknown): unknown;
}

export interface OlderForm {
  readonly keys: Readonly<Record<string, OlderKey>>;
  /** Keys that have no meaning any more, and what to say of them. */
  readonly gone?: Readonly<Record<string, string>>;
  /** What the older form takes for granted. */
  complete?(options: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** Seconds as milliseconds. What is no number is left for the plugin's schema to refuse. */
export function secondsToMs(value: unknown): unknown {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? Math.round(seconds * 1_000) : value;
}
