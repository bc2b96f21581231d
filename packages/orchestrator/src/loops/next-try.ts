import { retryDelay } from "@hybrid-orchestrator/channel-hub";
import type { Settings } from "../config.js";

const backoff = { retryBaseMs: 1_000, retryCapMs: 60_000 };

/** When an agent call or an action that failed on its `tries`-th try is tried again; null: never. */
export function nextTryAt({ clock, random, maxTries }: Settings, tries: number): number | null {
  if (tries >= maxTries) return null;
  return clock.now() + retryDelay({ retry: tries - 1, random: random(), settings: backoff });
}
