import { createHash } from "node:crypto";
import type { TriggerInput } from "@hybrid-orchestrator/core";
import type { Recording } from "./recording.js";

/** A vitest file that lives through a recording again and expects what fired then. */
export function fixture(recording: Recording): string {
  const data = JSON.stringify(recording, null, 2);
  return `// Written by hybrid-orchestrator export. To see what other rules would do, pass them: replay(recording, { triggers }).
import { type Recording, replay } from "@hybrid-orchestrator/cli";
import { expect, it } from "vitest";

const recording: Recording = ${data};

it(${JSON.stringify(`session ${recording.session.id} fires as it did`)}, async () => {
  const fired = await replay(recording);
  expect(fired.map(({ trigger, ordinal, firedAt }) => ({ trigger, ordinal, firedAt }))).toEqual(recording.firings);
});
`;
}

/** The rules that can be written down. What hangs on a function or on a plugin's condition cannot. */
export function writable(triggers: readonly TriggerInput[]): TriggerInput[] {
  return triggers.filter((trigger) => !hasFunction([trigger.condition, trigger.filter]));
}

function hasFunction(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasFunction);
}

/** For a file's name; ids may hold what a file system does not want. */
export function fileNameOf(sessionId: string): string {
  if (/^[\w-]{1,80}$/.test(sessionId)) return `${sessionId}.test.ts`;
  return `session-${createHash("sha256").update(sessionId).digest("hex").slice(0, 12)}.test.ts`;
}
