import { parseJson } from "@hybrid-orchestrator/core";
import { z } from "zod";

// A vendor's message is read leniently: a member that is not as expected is as if it were not there.
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);

const call = z.object({
  id: z.string().min(1).max(100),
  monitor: z.object({ controlUrl: text }).optional().catch(undefined),
  customer: z.object({ number: text }).optional().catch(undefined),
  assistantOverrides: z
    .object({
      variableValues: z.object({ origin: text, accept: text, decline: text }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

const toolCall = z.object({
  id: z.string().min(1).max(200),
  name: text,
  parameters: z.unknown().optional(),
  arguments: z.unknown().optional(),
  function: z.object({ name: text, arguments: z.unknown().optional() }).optional().catch(undefined),
});

const turn = z.object({ role: text, message: text, secondsFromStart: number });

const messageSchema = z.object({
  type: z.string().max(200),
  call: call.optional().catch(undefined),
  customer: z.object({ number: text }).optional().catch(undefined),
  timestamp: z.union([z.number(), z.string()]).optional().catch(undefined),
  status: text,
  role: text,
  transcript: text,
  transcriptType: text,
  toolCallList: z.array(z.unknown()).optional().catch(undefined),
  endedReason: text,
  durationSeconds: number,
  cost: number,
  analysis: z.object({ summary: text }).optional().catch(undefined),
  artifact: z
    .object({ messages: z.array(z.unknown()).optional().catch(undefined), recordingUrl: text })
    .optional()
    .catch(undefined),
});

export type ServerMessage = z.output<typeof messageSchema>;

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Turn {
  readonly role: "user" | "ai";
  readonly text: string;
  readonly atSeconds: number | null;
}

/** A server message of Vapi's; null where it is none. Source: docs.vapi.ai/server-url/events. */
export function readServerMessage(body: string): ServerMessage | null {
  const read = z.object({ message: messageSchema }).safeParse(parseJson(body));
  return read.success ? read.data.message : null;
}

/** The calls of tools, in Vapi's form and in OpenAI's, which both have been seen. */
export function toolCallsOf({ toolCallList = [] }: ServerMessage): ToolCall[] {
  return toolCallList.flatMap((given) => {
    const read = toolCall.safeParse(given);
    if (!read.success) return [];
    const { id, name, parameters, function: called } = read.data;
    const args = parameters ?? read.data.arguments ?? called?.arguments;
    return [{ id, name: name ?? called?.name ?? "", parameters: objectIn(args) }];
  });
}

/** What was said, out of the report of a call that has ended. */
export function turnsOf({ artifact }: ServerMessage): Turn[] {
  return (artifact?.messages ?? []).flatMap((given) => {
    const read = turn.safeParse(given);
    const role = read.success ? speakerOf(read.data.role) : null;
    const said = read.success ? read.data.message : undefined;
    if (!read.success || role === null || said === undefined || said.trim() === "") return [];
    return [{ role, text: said, atSeconds: read.data.secondsFromStart ?? null }];
  });
}

export function speakerOf(role: string | undefined): Turn["role"] | null {
  if (role === "user") return "user";
  return role === "assistant" || role === "bot" ? "ai" : null;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  const read = typeof value === "string" ? parseJson(value) : value;
  return typeof read === "object" && read !== null && !Array.isArray(read)
    ? (read as Record<string, unknown>)
    : {};
}
