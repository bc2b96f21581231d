import type { Logger } from "@hybrid-orchestrator/core";
import {
  errorMessage,
  hashParts,
  OrchestratorError,
  suggestName,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { describeScreen, type Form, reduceActivities, viewScreen } from "@hybrid-orchestrator/screen-state";
import type { Surroundings } from "./send.js";
import type { ToolCall } from "./server-message.js";

/** One line of JSON with a status word, which is what a model can act on; or an error in a few words. */
export type ToolResult = { readonly toolCallId: string } & (
  | { readonly result: string }
  | { readonly error: string }
);

interface CallRef {
  readonly callId: string;
  readonly sessionId: string;
}

interface ToolInput {
  readonly sessionId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Answer = { readonly status: string } & Readonly<Record<string, unknown>>;
type Tool = (input: ToolInput) => Promise<Answer>;

/** Vapi waits 20 s, and a caller less. */
const timeoutMs = 7_000;
const mostRemembered = 20_000;
const lookBack = 300;
const longestSms = 1_000;
const defaultLinkText = "Go on here: {resumeLink}";

/** The tools that a voice assistant calls. A repeated call of one id has no second effect and gets the first's answer. */
export function createTools({
  clock,
  sessions,
  settings,
  form,
  logger,
}: Surroundings & { readonly form: Form; readonly logger: Logger }) {
  const answers = new Map<string, Promise<ToolResult>>();

  const tools: Readonly<Record<string, Tool>> = {
    async startSession({ sessionId }) {
      const { status } = await sessions.get(sessionId);
      return { status: status === "active" ? "started" : status };
    },

    async getScreenState({ sessionId }) {
      const activities = await sessions.activities(sessionId, lookBack);
      const view = viewScreen(form, reduceActivities(activities.toReversed()), { now: clock.now() });
      if (!view.known) return { status: "unknown", screen: describeScreen(view) };
      return { status: view.stale ? "stale" : "ok", screen: describeScreen(view) };
    },

    async highlightField({ sessionId, parameters }) {
      const fieldId = textIn(parameters, ["fieldId", "field_id", "field"]);
      if (fieldId === null) return { status: "missing_field", advice: "Pass fieldId." };
      const activities = await sessions.activities(sessionId, lookBack);
      const { fields } = reduceActivities(activities.toReversed());
      const known = fields.map(({ id }) => id);
      // Of a screen that nobody has told anything of, every field may be there.
      if (known.length > 0 && !known.includes(fieldId))
        return { status: "unknown_field", advice: suggestName(fieldId, known).replace(/^; /, "") };
      await sessions.queueUiAction(sessionId, { type: "highlight", data: { fieldId } });
      return { status: "queued", fieldId };
    },

    async sendSms({ sessionId, parameters }) {
      const { recipient } = await sessions.get(sessionId);
      if (recipient?.phone === undefined) return { status: "no_number" };
      const message = textIn(parameters, ["message", "text", "content"]);
      if (message !== null && message.length > longestSms) return { status: "too_long" };
      const common = { channel: settings.smsChannel, kind: "follow_up", need: "link" } as const;
      const deliveryId = await sessions.send(
        sessionId,
        message === null
          ? { ...common, content: settings.linkText ?? defaultLinkText, template: true }
          : { ...common, content: message },
      );
      return { status: "queued", deliveryId };
    },

    async requestHuman({ sessionId, parameters }) {
      const reason = textIn(parameters, ["reason"]) ?? "The caller asks for a person.";
      await sessions.requestHuman(sessionId, reason.slice(0, 500));
      return { status: "requested" };
    },
  };

  async function run(call: ToolCall, { callId, sessionId }: CallRef): Promise<ToolResult> {
    const key = keyOf(call, callId);
    const toolCallId = call.id;
    const tool = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined;
    if (tool === undefined) {
      const advice = suggestName(call.name, Object.keys(tools)).replace(/^; /, "");
      return { toolCallId, error: oneLine(`There is no tool of that name; ${advice}.`) };
    }
    try {
      const answer = await withTimeout({ clock, timeoutMs, name: `The tool ${call.name}` }, () =>
        tool({ sessionId, parameters: call.parameters }),
      );
      return { toolCallId, result: JSON.stringify(answer) };
    } catch (error) {
      // What took too long may still have its effect, so it is not done again; what failed may be asked for again.
      if (!hasCode(error, "timeout")) answers.delete(key);
      logger.warn("a tool of the voice channel failed", { tool: call.name, error: errorMessage(error) });
      const closed = ["session_closed", "session_expired"].some((code) => hasCode(error, code));
      return {
        toolCallId,
        error: closed ? "The session has ended." : "That did not work just now; go on without it.",
      };
    }
  }

  return (call: ToolCall, of: CallRef): Promise<ToolResult> => {
    const key = keyOf(call, of.callId);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = run(call, of);
    answers.set(key, answer);
    for (const oldest of answers.keys()) {
      if (answers.size <= mostRemembered) break;
      answers.delete(oldest);
    }
    return answer;
  };
}

/** A model may number its calls of tools anew in each conversation. */
function keyOf({ id }: ToolCall, callId: string): string {
  return hashParts(callId, id);
}

function hasCode(error: unknown, code: string): boolean {
  return OrchestratorError.isInstance(error) && error.code === code;
}

function textIn(parameters: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return null;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
