import { z } from "zod";

/** The shape of a request to `/v1/messages`, as far as an agent uses it. As at the API, what is unknown is refused. */
const cacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() });
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1),
  cache_control: cacheControl.optional(),
  citations: z.null().optional(),
});
const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  cache_control: cacheControl.optional(),
});
const toolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(text)]).optional(),
  is_error: z.boolean().optional(),
  cache_control: cacheControl.optional(),
});
const thinking = z.strictObject({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string().min(1),
});
const block = z.discriminatedUnion("type", [text, toolUse, toolResult, thinking]);
type Block = z.output<typeof block>;

export const requestSchema = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(["user", "assistant"]),
        content: z.union([z.string().min(1), z.array(block).min(1)]),
      }),
    )
    .min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
      format: z
        .strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) })
        .optional(),
    })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal("object") }),
        cache_control: cacheControl.optional(),
      }),
    )
    .optional(),
  tool_choice: z.strictObject({ type: z.enum(["auto", "none", "any", "tool"]) }).optional(),
});
export type MessagesRequest = z.output<typeof requestSchema>;

const withoutTemperature = /^claude-(?:fable|mythos|haiku-5|sonnet-5|opus-5|opus-4-[78])/;
const withoutEffort = /^claude-(?:haiku-4|sonnet-4-5)/;

/** What the API would refuse in a request of the right shape, or null. */
export function refusal(request: MessagesRequest): string | null {
  const { model, messages, tools = [], tool_choice: choice } = request;
  if (messages[0]?.role !== "user") return "messages: first message must use the user role";
  if (messages.at(-1)?.role !== "user") return "This model does not support assistant message prefill.";
  if (request.temperature !== undefined && withoutTemperature.test(model))
    return "`temperature` is not supported on this model.";
  if (request.output_config?.effort !== undefined && withoutEffort.test(model))
    return "This model does not support the effort parameter.";
  if (choice !== undefined && tools.length === 0)
    return "tool_choice may only be specified while providing tools";
  if (choice?.type === "any" || choice?.type === "tool")
    return 'tool_choice: type "tool" and "any" are not supported for this model.';
  if (new Set(tools.map(({ name }) => name)).size < tools.length) return "tools: Tool names must be unique.";
  if ((JSON.stringify(request).match(/"cache_control":\{/g)?.length ?? 0) > 4)
    return "A maximum of 4 blocks with cache_control may be provided.";
  return openObject(request.output_config?.format?.schema) ?? unansweredTool(request);
}

function blocksOf(content: string | readonly Block[] | undefined): readonly Block[] {
  return typeof content === "object" ? content : [];
}

/** Each use of a tool is answered in the very next message, and nothing else is. */
function unansweredTool({ messages }: MessagesRequest): string | null {
  for (const [index, { role, content }] of messages.entries()) {
    const before = role === "user" ? blocksOf(messages[index - 1]?.content) : [];
    const asked = before.flatMap((item) => (item.type === "tool_use" ? [item.id] : []));
    const answered = blocksOf(content).flatMap((item) =>
      item.type === "tool_result" ? [item.tool_use_id] : [],
    );
    if (asked.toSorted().join() !== answered.toSorted().join())
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
  }
  return null;
}

/** An object within a schema that is not closed, which structured outputs do not take. */
function openObject(schema: unknown): string | null {
  if (typeof schema !== "object" || schema === null) return null;
  const { type, additionalProperties } = schema as { type?: unknown; additionalProperties?: unknown };
  if (type === "object" && additionalProperties !== false)
    return "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false";
  for (const member of Object.values(schema)) {
    const problem = openObject(member);
    if (problem !== null) return problem;
  }
  return null;
}
