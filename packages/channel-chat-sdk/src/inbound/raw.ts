import { z } from "zod";

const id = z.union([z.string().min(1).max(300), z.number()]).transform(String);

/** What the platforms' own events hold and `chat` does not hand on. */
const rawSchema = z.object({
  /** A callback query of Telegram, an interaction of Discord, a message of WhatsApp. */
  id: id.optional().catch(undefined),
  /** A message of Telegram. */
  message_id: id.optional().catch(undefined),
  /** WhatsApp's, in an answer: the message that is answered. */
  context: z.object({ id }).optional().catch(undefined),
  message: z
    .object({ context: z.object({ id }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/** The id of a click or command. */
export function eventIdOf(raw: unknown): string | undefined {
  const { data } = rawSchema.safeParse(raw);
  return data?.id ?? data?.message_id;
}

/** The id of the message that is answered, where the platform tells. */
export function answeredIdOf(raw: unknown): string | undefined {
  const { data } = rawSchema.safeParse(raw);
  return (data?.context ?? data?.message?.context)?.id;
}
