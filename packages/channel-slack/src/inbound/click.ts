import type { InboundMessage } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { buttonValueOf } from "../actions.js";
import { externalIdOf } from "../address.js";
import { escapeText } from "../text.js";

/** What a request to the interactivity route is about. */
export type Interaction =
  | {
      readonly kind: "clicks";
      readonly messages: readonly InboundMessage[];
      /** Where answers to the click go. */
      readonly responseUrl?: string;
      /** The message as it shows who clicked; absent where there is nothing to rewrite. */
      readonly rewrite?: object;
    }
  | { readonly kind: "ignored" }
  | { readonly kind: "malformed" };

const blockSchema = z.looseObject({
  type: z.string(),
  elements: z
    .array(z.looseObject({ action_id: z.string().optional(), url: z.string().optional() }))
    .optional(),
});
const buttonSchema = z.object({
  type: z.literal("button"),
  action_id: z.string().min(1).max(255),
  action_ts: z.string().max(50),
  value: z.string().max(2_000).default(""),
  text: z.object({ text: z.string().max(1_000) }),
});
const payloadSchema = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: z.string().min(1).max(100) }),
  channel: z.object({ id: z.string().min(1).max(100) }),
  message: z.object({
    ts: z.string().min(1).max(50),
    text: z.string().catch(""),
    blocks: z.array(blockSchema).catch([]),
  }),
  actions: z.array(z.unknown()).max(25),
  response_url: z.string().optional(),
});
type Payload = z.output<typeof payloadSchema>;
type Button = z.output<typeof buttonSchema>;

/** Source: docs.slack.dev, "block_actions payload". `channel` is the name of ours. */
export function parseInteraction(json: unknown, channel: string): Interaction {
  if (json === undefined) return { kind: "malformed" };
  const { data: payload } = payloadSchema.safeParse(json);
  if (payload === undefined) return { kind: "ignored" };
  const buttons = payload.actions.flatMap((action) => buttonSchema.safeParse(action).data ?? []);
  const [first] = buttons;
  if (first === undefined) return { kind: "ignored" };
  const rewritten = rewrittenBlocks(payload, first);
  const { response_url: responseUrl } = payload;
  return {
    kind: "clicks",
    messages: buttons.map((button) => inboundMessage(payload, button, channel)),
    ...(responseUrl !== undefined && { responseUrl }),
    ...(rewritten !== undefined && {
      rewrite: { replace_original: true, text: payload.message.text, blocks: rewritten },
    }),
  };
}

function inboundMessage(
  { user, channel: { id }, message: { ts } }: Payload,
  button: Button,
  channel: string,
): InboundMessage {
  const { action_id: actionId, action_ts: actionTs, text } = button;
  const ours = buttonValueOf(button.value);
  return {
    channel,
    externalId: `click:${externalIdOf({ conversation: id, ts })}:${user.id}:${actionTs}:${actionId.slice(0, 200)}`,
    // Named by the button itself, so that a click counts also where it was never known whether the message was posted.
    ...(ours !== undefined && { session: ours.sessionId }),
    inReplyTo: externalIdOf({ conversation: id, ts }),
    ...(id.startsWith("D") ? { from: user.id } : { author: user.id }),
    text: text.text,
    ...(ours?.value !== undefined && { action: ours.value }),
    ...(ours?.intent !== undefined && { intent: ours.intent }),
    data: {
      actionId,
      value: ours === undefined ? button.value : (ours.value ?? null),
      user: user.id,
      conversation: id,
      ts,
      ...(ours !== undefined && { deliveryId: ours.deliveryId }),
    },
  };
}

/** The message with who clicked which in place of its buttons; undefined if it stays, as under a link. */
function rewrittenBlocks(
  { message, user }: Payload,
  { action_id, text }: Button,
): readonly object[] | undefined {
  const clicked = (block: z.output<typeof blockSchema>) =>
    block.type === "actions" && block.elements?.find((element) => element.action_id === action_id);
  const element = message.blocks.map(clicked).find(Boolean);
  if (!element || element.url !== undefined) return undefined;
  const note = {
    type: "context",
    elements: [{ type: "mrkdwn", text: `<@${user.id}>: ${escapeText(text.text)}` }],
  };
  return message.blocks.map((block) => (clicked(block) ? note : block));
}
