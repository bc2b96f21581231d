import { hashParts } from "@hybrid-orchestrator/core";
import { domainOf } from "@hybrid-orchestrator/mail";
import { signedTokens } from "@hybrid-orchestrator/signatures";
import type { SenderSettings } from "./config.js";
import type { Email } from "./email.js";
import type { Correlation } from "./way.js";

const dayMs = 86_400_000;
const purpose = "mail-reply";

interface ThreadHeaders {
  readonly messageId: string;
  /** Of the thread: never sent, the same for all mails of a session, so that mail programs show them together. */
  readonly root: string;
  readonly replyTo?: string;
}

export interface ReplyTokens {
  headersFor(message: {
    readonly sessionId: string;
    readonly createdAt: number;
    readonly idempotencyKey: string;
  }): ThreadHeaders;
  correlate(email: Email): Correlation;
  ownIdIn(messageIds: readonly string[]): string | undefined;
}

/**
 * Signed tokens in Message-IDs, and in the address for answers where there is one. An answer names them in its headers,
 * so its session is known whatever else the mail says, after a restart too.
 */
export function replyTokens(settings: SenderSettings, now: () => number): ReplyTokens {
  const { from, tokenKeys, tokenDays, replyAddress } = settings;
  // Mail systems change the case of addresses.
  const tokens = signedTokens({ keys: tokenKeys, encoding: "base32" });
  const domain = domainOf(from);

  function sessionOf(token: string | undefined): string | undefined {
    const verdict = token === undefined ? undefined : tokens.verify(token, { purpose, now: now() });
    return verdict?.ok ? verdict.subject : undefined;
  }

  function tokenInId(messageId: string): string | undefined {
    const [, token, of] = /^<[^<>@\s.]+\.([a-z2-7]+)@([^<>@\s]+)>$/i.exec(messageId) ?? [];
    return of?.toLowerCase() === domain ? token : undefined;
  }

  function tokenInAddress(address: string): string | undefined {
    if (replyAddress === undefined) return undefined;
    const [local = "", of = ""] = replyAddress.toLowerCase().split("@");
    const [before, token, after] = /^([^+@]+)\+([a-z2-7]+)@(.+)$/.exec(address.toLowerCase())?.slice(1) ?? [];
    return before === local && after === of ? token : undefined;
  }

  return {
    headersFor({ sessionId, createdAt, idempotencyKey }) {
      const token = tokens.sign({ purpose, subject: sessionId, expiresAt: createdAt + tokenDays * dayMs });
      const [local, of] = replyAddress?.split("@") ?? [];
      return {
        // The same for every try, so that many mail systems drop a second copy.
        messageId: `<${hashParts("message", idempotencyKey).slice(0, 32)}.${token}@${domain}>`,
        root: `<${hashParts("session", sessionId).slice(0, 32)}@${domain}>`,
        ...(local !== undefined && { replyTo: `${local}+${token}@${of}` }),
      };
    },
    correlate(email) {
      const named = [email.inReplyTo, ...email.references.toReversed()];
      const session = [...named.map(tokenInId), ...[...email.to, ...email.deliveredTo].map(tokenInAddress)]
        .map(sessionOf)
        .find((found) => found !== undefined);
      return {
        ...(session !== undefined && { session }),
        ...(email.inReplyTo !== "" && { inReplyTo: email.inReplyTo }),
        isAnswer: session !== undefined,
        isOurOwn: sessionOf(tokenInId(email.messageId)) !== undefined,
      };
    },
    ownIdIn: (messageIds) => messageIds.find((id) => sessionOf(tokenInId(id)) !== undefined),
  };
}
