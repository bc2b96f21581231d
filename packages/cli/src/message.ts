import {
  type NewMessage,
  type NewRecipient,
  OrchestratorError,
  type Urgency,
} from "@hybrid-orchestrator/core";

/** The options that `send` and `preview` share. */
export interface MessageOptions {
  readonly text: string;
  readonly session?: string;
  readonly to?: string;
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly slack?: string;
  readonly urgency: Urgency;
  readonly channel?: string;
  readonly need?: string;
  readonly audience: "user" | "worker";
  readonly subject?: string;
  readonly template?: boolean;
}

/** A session there is, or somebody for whom one is opened. @throws OrchestratorError `invalid_argument` */
export function addressee(
  options: MessageOptions,
): { readonly session: string } | { readonly recipient: NewRecipient } {
  const { session, to, name, email, phone, slack } = options;
  if ((session === undefined) === (to === undefined))
    throw new OrchestratorError(
      "invalid_argument",
      "Say who gets it: either --session, or --to with an address.",
    );
  const known = Object.entries({ name, email, phone, slackId: slack }).filter(
    ([, value]) => value !== undefined,
  );
  if (session !== undefined) {
    if (known.length > 0)
      throw new OrchestratorError(
        "invalid_argument",
        "--name, --email, --phone and --slack go with --to, not with --session.",
      );
    return { session };
  }
  return { recipient: { id: to ?? "", ...Object.fromEntries(known) } };
}

export function messageOf(options: MessageOptions): NewMessage {
  const { text: content, urgency, audience, channel, need, subject, template } = options;
  const others = Object.entries({ channel, need, subject, template }).filter(
    ([, value]) => value !== undefined,
  );
  return { content, urgency, audience, validWhile: "always", ...Object.fromEntries(others) };
}
