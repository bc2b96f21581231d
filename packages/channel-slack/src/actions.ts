import { OrchestratorError, type OutboundMessage, parseJson, parseWith } from "@hybrid-orchestrator/core";
import { z } from "zod";

/** A button under a message, as `metadata.actions` lists them. Limits are Slack's. */
const slackActionSchema = z.strictObject({
  id: z.string().min(1).max(200),
  label: z.string().min(1).max(75),
  style: z.enum(["primary", "danger"]).optional(),
  /** Opens this page besides. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(3_000)
    .optional(),
  /** Comes back with the click. */
  value: z.string().max(1_000).optional(),
  /** `human`: who clicks it wants a human. */
  intent: z.literal("human").optional(),
});
export type SlackAction = z.input<typeof slackActionSchema>;

const slackActionsSchema = z
  .array(slackActionSchema)
  .max(25)
  .refine(
    (actions) => new Set(actions.map(({ id }) => id)).size === actions.length,
    "must differ in their ids",
  );

/** What a button's `value` brings back. It cannot be forged: Slack signs the click, and keeps what we sent. */
const buttonValueSchema = z.object({
  deliveryId: z.string(),
  sessionId: z.string(),
  value: z.string().optional(),
  intent: z.literal("human").optional(),
});
export type ButtonValue = z.output<typeof buttonValueSchema>;

/** @throws OrchestratorError `invalid_argument` for buttons that are malformed. */
export function actionsOf(message: Pick<OutboundMessage, "metadata">): readonly SlackAction[] {
  const { actions } = message.metadata;
  return actions === undefined ? [] : parseWith(slackActionsSchema, actions, { name: "metadata.actions" });
}

/** The block of buttons. */
export function actionsBlock(
  actions: readonly SlackAction[],
  { deliveryId, sessionId }: { readonly deliveryId: string; readonly sessionId: string },
): object {
  return {
    type: "actions",
    elements: actions.map(({ id, label, style, url, value, intent }) => ({
      type: "button",
      action_id: id,
      text: { type: "plain_text", text: label, emoji: true },
      value: buttonText({ deliveryId, sessionId, value, intent }),
      ...(style !== undefined && { style }),
      ...(url !== undefined && { url }),
    })),
  };
}

function buttonText(value: ButtonValue): string {
  const text = JSON.stringify(value);
  // Slack's limit; reached only by a value full of characters that JSON escapes.
  if (text.length > 2_000)
    throw new OrchestratorError("invalid_argument", "The value of a button is too long. Pass a shorter one.");
  return text;
}

/** Undefined for a button that is not ours. */
export function buttonValueOf(text: string): ButtonValue | undefined {
  return buttonValueSchema.safeParse(parseJson(text)).data;
}
