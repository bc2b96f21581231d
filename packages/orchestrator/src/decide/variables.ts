import type { Message } from "@hybrid-orchestrator/core";
import type { SessionWork } from "./work.js";

export type Variables = Readonly<Record<string, string | number | boolean>>;

/**
 * What a template can name: the session's plain metadata by key, then `id`, `name` (of the session's user), `workflow`,
 * `status`, `trigger`, `reason`.
 */
export function variablesOf(work: SessionWork, message: Message): Variables {
  const { session } = work;
  const plain = Object.entries(session.metadata).filter(
    (entry): entry is [string, string | number | boolean] => typeof entry[1] !== "object",
  );
  return {
    ...Object.fromEntries(plain),
    id: session.id,
    name: session.recipient?.name ?? "",
    workflow: session.workflow,
    status: session.status,
    trigger: message.trigger ?? "",
    reason: message.reason ?? "",
  };
}

const resumeLink = /\{\s*(?:resumeLink|resume_link)\s*[,}]/;

/** Whether a text asks for a link with an access token, which is made only when the message leaves. */
export function wantsResumeLink(text: Message["content"]): boolean {
  return typeof text === "string"
    ? resumeLink.test(text)
    : Object.values(text).some((one) => resumeLink.test(one));
}
