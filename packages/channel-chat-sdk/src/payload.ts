import { OrchestratorError, type OutboundMessage, parseWith } from "@hybrid-orchestrator/core";
import { z } from "zod";

/** A button under a message, as `metadata.actions` lists them. Platforms allow less: Telegram 64 bytes for id and value. */
const chatActionSchema = z.strictObject({
  id: z.string().min(1).max(200),
  label: z.string().min(1).max(75),
  style: z.enum(["primary", "danger"]).optional(),
  /** Opens this page and comes back as nothing. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(3_000)
    .optional(),
  /** Comes back with the click. */
  value: z.string().max(1_000).optional(),
});
export type ChatAction = z.input<typeof chatActionSchema>;

const chatActionsSchema = z.array(chatActionSchema).max(25);

/** What adapters post: `AdapterPostableMessage` of the npm package. */
export type Postable =
  | string
  | { readonly markdown: string }
  | { readonly type: "card"; readonly children: object[] };

export interface PostableOptions {
  /** Of the adapter: what it takes as a button depends on that. */
  readonly platform?: string;
  readonly format: "text" | "markdown";
  readonly maxLength?: number | undefined;
}

/** @throws OrchestratorError `invalid_argument`, `data_too_large` for what is not posted at all. */
export function postableOf(
  { content, subject, metadata }: Pick<OutboundMessage, "content" | "subject" | "metadata">,
  { platform, format, maxLength = Number.POSITIVE_INFINITY }: PostableOptions,
): Postable {
  if (content.trim() === "") throw new OrchestratorError("invalid_argument", "The message has no text.");
  // Adapters cut what is too long, or make several messages of it.
  if (content.length > maxLength)
    throw new OrchestratorError(
      "data_too_large",
      `The message has ${content.length} characters; the channel takes ${maxLength}.`,
    );
  const heading = subject?.replace(/\s+/g, " ").trim();
  const whole = heading ? `${heading}\n\n${content}` : content;
  const text = whole.length > maxLength ? content : whole;
  const actions =
    metadata.actions === undefined
      ? []
      : parseWith(chatActionsSchema, metadata.actions, { name: "metadata.actions" });
  if (actions.length > 0)
    return {
      type: "card",
      children: [
        { type: "text", content: text },
        { type: "actions", children: actions.map((action) => buttonOf(shortened(action, platform))) },
      ],
    };
  return format === "markdown" ? { markdown: text } : text;
}

/** Telegram's limit for what a button brings back, as its adapter writes that. Source: core.telegram.org/bots/api. */
const telegramBytes = 64;

/** A value that does not fit beside the button's id takes its place: it tells more, and comes back all the same. */
function shortened(
  action: z.output<typeof chatActionSchema>,
  platform: string | undefined,
): z.output<typeof chatActionSchema> {
  const { id, value, ...rest } = action;
  const bytes = (data: object) => Buffer.byteLength(`chat:${JSON.stringify(data)}`);
  if (platform !== "telegram" || value === undefined || action.url !== undefined) return action;
  if (bytes({ a: id, v: value }) <= telegramBytes || bytes({ a: value }) > telegramBytes) return action;
  return { id: value, ...rest };
}

function buttonOf({ id, label, style, url, value }: z.output<typeof chatActionSchema>): object {
  return {
    ...(url === undefined
      ? { type: "button", ...(value !== undefined && { value }) }
      : { type: "link-button", url }),
    id,
    label,
    ...(style !== undefined && { style }),
  };
}
