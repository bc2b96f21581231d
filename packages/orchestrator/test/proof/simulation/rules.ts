import type { TriggerInput } from "@hybrid-orchestrator/core";

const note = { type: "ui_action", action: "note" } as const;
const often = { maxFires: 20, cooldownSeconds: 0 } as const;

/** Every kind of timing, and every kind of action. */
export const triggers: readonly TriggerInput[] = [
  {
    name: "quiet",
    condition: { type: "no_activity", seconds: 30 },
    action: { type: "send", message: "Still there?", channel: "plain" },
    maxFires: 3,
    cooldownSeconds: 45,
  },
  {
    name: "stuck",
    condition: { type: "field_error", times: 3, withinSeconds: 40 },
    action: [{ type: "send", message: "Need help?", channel: "dedup", urgency: "high" }, note],
    maxFires: 9,
    cooldownSeconds: 5,
  },
  { name: "changed", condition: { type: "field_changed", field: "a" }, action: note, ...often },
  { name: "back", condition: { type: "oscillation" }, action: { type: "ask_agent" }, ...often },
  {
    name: "unsigned",
    condition: {
      type: "absence_after",
      step: { activity: "quote" },
      without: { activity: "signed" },
      seconds: 25,
    },
    action: [{ type: "custom", run: "log" }, { type: "escalate" }],
    maxFires: 5,
    cooldownSeconds: 1,
  },
  {
    name: "blocked",
    condition: {
      type: "all",
      conditions: [
        { type: "metadata", path: "blocked", is: true },
        { type: "no_progress", marker: "step", seconds: 15 },
      ],
    },
    action: { type: "send", message: "Blocked", to: "worker", channel: "dedup" },
    maxFires: 5,
    cooldownSeconds: 10,
  },
  {
    name: "ended",
    condition: { type: "status_changed", to: ["completed", "cancelled", "expired"] },
    action: { type: "send", message: "Goodbye", channel: "dedup", urgency: "low" },
    ...often,
  },
  {
    name: "done",
    condition: { type: "rate", activity: "finish", times: 2, withinSeconds: 20 },
    action: { type: "set_status", status: "completed" },
  },
];
