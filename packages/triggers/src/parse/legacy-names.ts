/** What the reference implementation and its paper call things, and what they are called here. */

export const triggerNames: Readonly<Record<string, string>> = {
  max_fires_per_session: "maxFires",
  max_fires: "maxFires",
  max_triggers: "maxFires",
  cooldown_seconds: "cooldownSeconds",
  status_required: "status",
  session_filter: "filter",
};

export const conditionTypes: Readonly<Record<string, string>> = {
  same_field_changed: "field_error",
  sentiment_below: "score_below",
  classification: "classified",
};

/** Parameters by the condition's own type; `*` for any. */
export const conditionNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "*": {
    duration_seconds: "seconds",
    within_seconds: "withinSeconds",
    max_gap_seconds: "maxGapSeconds",
    every_seconds: "everySeconds",
    field_pattern: "field",
  },
  repeated_error: { error_count: "times" },
  status_changed: { status: "to" },
};

/** What the paper's flat form may say about the condition, beside `condition_type`. */
export const flatConditionKeys: ReadonlySet<string> = new Set([
  "duration_seconds",
  "within_seconds",
  "field_pattern",
  "field",
  "times",
  "error_count",
  "stage",
  "metric",
  "threshold",
  "label",
  "marker",
  "actors",
]);

/** What it may say about the action, beside `action_type`. */
export const flatActionKeys: ReadonlySet<string> = new Set(["channel", "message", "urgency", "subject"]);

/** Defaults of the older forms, where ours has none. */
export const legacyDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  no_activity: { seconds: 120 },
  no_progress: { marker: "screen" },
  repeated_error: { times: 3, withinSeconds: 3_600 },
  score_below: { metric: "sentiment" },
};

/** Actions that are messages here, on this channel where none is named. */
export const sendActions: Readonly<Record<string, { readonly channel?: string; readonly to?: "worker" }>> = {
  voice_prompt: { channel: "voice" },
  sms: { channel: "sms" },
  email: { channel: "email" },
  webhook: { channel: "webhook" },
  dashboard_alert: { channel: "dashboard", to: "worker" },
  guidance: {},
  highlight_and_guide: {},
  nudge: {},
};

/** Actions that hand over to a person. */
export const escalateActions: ReadonlySet<string> = new Set(["human_review", "transfer_to_human"]);

/** Words for the order among triggers; the lower number goes first. */
export const priorityWords: Readonly<
  Record<string, { readonly priority: number; readonly severity: string; readonly urgency: string }>
> = {
  high: { priority: 50, severity: "high", urgency: "high" },
  medium: { priority: 100, severity: "medium", urgency: "normal" },
  low: { priority: 150, severity: "low", urgency: "low" },
};
