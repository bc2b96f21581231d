import type { Activity, Json, JsonObject } from "@hybrid-orchestrator/core";
import { emptyState, reduceActivities, type ScreenState } from "@hybrid-orchestrator/screen-state";
import { Ends, withinLength } from "./ends.js";
import { FieldLog } from "./fields.js";
import { cutText, fit, fitObject } from "./fit.js";
import { contextLimits } from "./limits.js";
import type { ContextAttempt, ContextEntry, ContextPackage } from "./package.js";
import { PromiseLog } from "./promises.js";

type Message = ContextPackage["messages"][number];

/**
 * What a session's activities tell, read one page after the other in their order: however many there are, it holds no more
 * than a package does. Fields, promises and the place come from all of them.
 */
export class ActivityLog {
  readonly fields = new FieldLog();
  readonly promises = new PromiseLog();
  readonly tried = new Ends<ContextAttempt>(contextLimits.attempts);
  readonly timeline = new Ends<ContextEntry>(contextLimits.timeline);
  readonly #messages = new Ends<Message>(contextLimits.messages);
  #screen: ScreenState = emptyState;

  add(activities: readonly Activity[]): this {
    this.#screen = reduceActivities(activities, this.#screen);
    for (const activity of activities) this.#addOne(activity);
    return this;
  }

  get screen(): ScreenState {
    return this.#screen;
  }

  messages(): { readonly items: readonly Message[]; readonly omitted: number } {
    const kept = withinLength(this.#messages.items(), contextLimits.messagesLength);
    return { items: kept.items, omitted: kept.omitted + this.#messages.omitted };
  }

  #addOne(activity: Activity): void {
    const { seq, type, actor, channel, data, occurredAt: at } = activity;
    this.fields.add(activity);
    this.promises.add(activity);
    const attempt =
      type === "agent_decision" ? readDecision(at, data) : type === "tool_call" ? readCall(at, data) : null;
    if (attempt !== null && actor !== "user") this.tried.add(attempt);
    if (type === "message") {
      const text = cutText(textOf(data.text) ?? textOf(data.content) ?? "", contextLimits.messageLength);
      this.#messages.add({ seq, at, actor, worker: textOf(data.worker), channel, text });
    }
    const { value, cut } = fitObject(data, contextLimits.timelineDataLength);
    this.timeline.add({ seq, at, actor, type, channel, data: value, cut });
  }
}

function readDecision(at: number, data: JsonObject): ContextAttempt {
  const { agent, action, message, reasoning, confidence, failure } = data;
  return {
    kind: "decision",
    at,
    agent: textOf(agent) ?? "unknown",
    action: textOf(action) ?? "unknown",
    message: textOf(message),
    delivery: null,
    reasoning: cutText(textOf(reasoning) ?? "", contextLimits.valueLength),
    confidence: typeof confidence === "number" ? confidence : null,
    failure: isObject(failure) ? textOf(failure.reason) : null,
  };
}

/** Whoever records calls of tools may say more or less about them. */
function readCall(at: number, data: JsonObject): ContextAttempt {
  const { agent, tool, name, status, args, result, error } = data;
  const given = fitObject(isObject(args) ? args : {}, contextLimits.valueLength);
  const answer = fit(result ?? null, contextLimits.valueLength);
  return {
    kind: "tool",
    at,
    agent: textOf(agent),
    tool: textOf(tool) ?? textOf(name) ?? "unknown",
    status: textOf(status) ?? "unknown",
    args: given.value,
    result: answer.value,
    error: textOf(error),
    cut: given.cut || answer.cut,
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
