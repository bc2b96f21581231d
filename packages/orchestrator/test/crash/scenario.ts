import type { TriggerInput } from "@hybrid-orchestrator/core";

export const sessionNames = Array.from({ length: 8 }, (_, index) => `session-${index}`);

/** Fires for each change, and for each third one, so that the firings of any number of activities are known. */
export const triggers: readonly TriggerInput[] = [
  {
    name: "each",
    condition: { type: "field_changed", field: "ssn" },
    action: { type: "ui_action", action: "noted" },
    maxFires: 1_000_000,
    cooldownSeconds: 0,
  },
  {
    name: "third",
    condition: { type: "field_error", field: "ssn", times: 3, withinSeconds: 86_400 },
    action: { type: "ui_action", action: "help" },
    maxFires: 1_000_000,
    cooldownSeconds: 0,
  },
];
