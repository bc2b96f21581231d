import { createHash } from "node:crypto";
import { OrchestratorError } from "@hybrid-orchestrator/core";

/** What is known of an id: nothing, it is being handled just now, it was handled, or there is no room to remember it. */
export type Claim = "new" | "busy" | "seen" | "full";

/** The ids of requests that came lately. Keep one for each verifier: the ids of two senders may be alike. */
export interface SeenIds {
  /** Takes an id that is `new`; the others are left as they are. */
  claim(id: string, now: number): Claim;
  /** Ends a claim. What was not handled is forgotten, so that the sender's next try is `new` again. */
  settle(id: string, handled: boolean): void;
}

export interface SeenIdsOptions {
  /** How long an id is remembered at least; default 15 minutes, at most twice as long as this. */
  readonly windowMs?: number;
  /** Default 100,000, which take about 10 MB. */
  readonly maxIds?: number;
}

/**
 * Remembers ids in memory. An id within the window is never forgotten to make room: when `maxIds` are remembered, new
 * ones are `full` until the window has passed. For a scheme with timestamps the window must be longer than twice the
 * tolerance; for one without (Twilio, GitHub) it is all that stops a replay.
 * @throws OrchestratorError `invalid_configuration`
 */
export function seenIds(options: SeenIdsOptions = {}): SeenIds {
  const windowMs = wholeNumber("windowMs", options.windowMs ?? 15 * 60_000);
  const maxIds = wholeNumber("maxIds", options.maxIds ?? 100_000);
  // Two generations: each id lies in one that is dropped as a whole, so that no request pays for a search.
  let current = new Map<string, "busy" | "seen">();
  let previous: typeof current = new Map();
  let currentSince: number | undefined;

  function turn(now: number): void {
    currentSince ??= now;
    if (now - currentSince <= windowMs) return;
    previous = now - currentSince > 2 * windowMs ? new Map() : current;
    current = new Map();
    currentSince = now;
  }

  return {
    claim(id, now) {
      turn(now);
      const key = keyOf(id);
      const known = current.get(key) ?? previous.get(key);
      if (known !== undefined) return known;
      if (current.size + previous.size >= maxIds) return "full";
      current.set(key, "busy");
      return "new";
    },
    settle(id, handled) {
      const key = keyOf(id);
      if (!handled) {
        current.delete(key);
        previous.delete(key);
      } else if (previous.has(key)) previous.set(key, "seen");
      else current.set(key, "seen");
    },
  };
}

/** Ids may be long, and the memory they take is to be known. */
function keyOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new OrchestratorError("invalid_configuration", `${name} is ${value}. Pass a whole number above 0.`);
}
