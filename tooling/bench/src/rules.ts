import type { Activity, JsonObject, Session, TriggerInput } from "@hybrid-orchestrator/core";
import { createRuleSet, parseTrigger } from "@hybrid-orchestrator/triggers";
import { Engine, type RuleProperties } from "json-rules-engine";
import { type Comparison, compare } from "./measure.js";

const fields = ["name", "street", "city", "ssn", "birthday", "income", "phone", "email", "employer", "bank"];
const stages = ["start", "details", "review", "submission", "done"];
const labels = ["question", "complaint", "out_of_scope", "praise", "other"];

/** 30 rules as an application has them: 10 on fields, 10 on errors and silences, 10 on stages, scores and labels. */
const action: TriggerInput["action"] = { type: "ui_action", action: "show" };
const ours: TriggerInput[] = [
  ...fields.map((field) => ({
    name: `stuck in ${field}`,
    condition: { type: "field_error" as const, field, times: 5, withinSeconds: 60 },
  })),
  ...[3, 5, 8, 12, 20].map((times) => ({
    name: `${times} errors`,
    condition: { type: "repeated_error" as const, times, withinSeconds: 60 },
  })),
  ...[60, 120, 300, 600, 3600].map((seconds) => ({
    name: `silent for ${seconds}`,
    condition: { type: "no_activity" as const, seconds },
  })),
  ...stages.map((stage) => ({
    name: `reached ${stage}`,
    condition: { type: "reached_stage" as const, stage: `${stage} 2` },
  })),
  ...labels.slice(0, 3).map((label) => ({
    name: `said ${label}`,
    condition: { type: "classified" as const, label: `${label} 2` },
  })),
  ...[0.1, 0.2].map((threshold) => ({
    name: `below ${threshold}`,
    condition: { type: "score_below" as const, metric: "sentiment", threshold },
  })),
].map((rule) => ({ ...rule, action }));

/** The same 30 over facts that are given ready: it need not count, nor remember, which ours must. */
const theirs: RuleProperties[] = [
  ...fields.map((field) => all(["field", "equal", field], ["changesOfField", "greaterThanInclusive", 5])),
  ...[3, 5, 8, 12, 20].map((times) => all(["errors", "greaterThanInclusive", times])),
  ...[60, 120, 300, 600, 3600].map((seconds) => all(["silence", "greaterThanInclusive", seconds])),
  ...stages.map((stage) => all(["stage", "equal", `${stage} 2`])),
  ...labels.slice(0, 3).map((label) => all(["label", "equal", `${label} 2`])),
  ...[0.1, 0.2].map((threshold) => all(["sentiment", "lessThan", threshold])),
];

function all(...conditions: [fact: string, operator: string, value: string | number][]): RuleProperties {
  return {
    conditions: { all: conditions.map(([fact, operator, value]) => ({ fact, operator, value })) },
    event: { type: "fired" },
  };
}

/** Activities of a session at work, one each 3 seconds: none of them makes a rule fire, as is usual. */
function activityAt(index: number): { readonly type: string; readonly data: JsonObject } {
  const turn = index % 10;
  if (turn < 6)
    return { type: "field_change", data: { fieldId: fields[index % fields.length] ?? "", value: index } };
  if (turn === 6)
    return { type: "page_view", data: { stage: stages[Math.floor(index / 10) % stages.length] ?? "" } };
  if (turn === 7)
    return { type: "classification", data: { label: labels[Math.floor(index / 10) % labels.length] ?? "" } };
  if (turn === 8) return { type: "message", data: { sentiment: 0.5 + (index % 7) / 20 } };
  return { type: index % 200 === 9 ? "form_error" : "click", data: {} };
}

const start = 1_700_000_000_000;

function newSession(): Session {
  return {
    id: "session",
    externalId: null,
    workflow: "default",
    status: "active",
    recipient: null,
    metadata: {},
    summary: null,
    owner: { kind: "nobody" },
    ownershipEpoch: 0,
    createdAt: start,
    updatedAt: start,
    lastActivityAt: { user: null, ai: null, human: null, system: null },
    expiresAt: null,
    revision: 1,
    version: 1,
  };
}

/** Takes in activities and evaluates after each, from the first of a fresh session on. */
function runOurs(activities: readonly Activity[]): (count: number) => void {
  const rules = createRuleSet(ours.map((rule) => parseTrigger(rule)));
  return (count) => {
    const session = newSession();
    const trackers = rules.restore({ session, counters: {}, checkpoint: null, activities: [], firings: [] });
    let fired = 0;
    for (const activity of activities.slice(0, count)) {
      const at = activity.effectiveAt;
      session.lastActivityAt.user = at;
      trackers.apply(activity);
      fired += trackers.evaluate(session, { at, now: at, activity, recent: [] }).matches.length;
    }
    requireNone(fired);
  };
}

function runTheirs(activities: readonly Activity[]): (count: number) => Promise<void> {
  const engine = new Engine(theirs);
  const facts = activities.map(({ data }) => ({
    field: data.fieldId ?? "",
    changesOfField: 1,
    errors: 0,
    silence: 3,
    stage: data.stage ?? "",
    label: data.label ?? "",
    sentiment: data.sentiment ?? 1,
  }));
  return async (count) => {
    let fired = 0;
    for (const each of facts.slice(0, count)) fired += (await engine.run(each)).events.length;
    requireNone(fired);
  };
}

function requireNone(fired: number): void {
  if (fired > 0) throw new Error(`The rules of this benchmark must not fire; they fired ${fired} times.`);
}

const count = 200_000;
// One of theirs takes as long as hundreds of ours; a round of either then takes about as long.
const theirCount = 1_000;

/** 30 rules, facts in memory: an activity taken in and evaluated, against one run of json-rules-engine. */
export function benchRules(): Promise<Comparison> {
  const activities = Array.from({ length: count }, (_, index): Activity => {
    const at = start + index * 3_000;
    const times = { occurredAt: at, effectiveAt: at, createdAt: at };
    return { id: "", seq: index + 1, actor: "user", channel: null, ...times, ...activityAt(index) };
  });
  return compare({
    name: "30 rules over one activity",
    target: 50,
    ours: { name: "trackers", run: runOurs(activities) },
    theirs: { name: "json-rules-engine", run: runTheirs(activities.slice(0, theirCount)) },
    count,
    theirCount,
  });
}
