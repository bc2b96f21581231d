import type { EscalationPolicy, LocalizedText, Owner } from "@hybrid-orchestrator/core";
import type { Announcement, Consequence } from "./step.js";

type OwnerChange = Extract<Consequence, { type: "owner" }>;

/** Whose the session is after a change. `agent`: the AI's name; where it is null, what would be the AI's is nobody's. */
export function ownerAfter(
  { owner, worker }: Pick<OwnerChange, "owner" | "worker">,
  agent: string | null,
): Owner {
  if (owner === "human" && worker !== null) return { kind: "human", worker };
  return owner === "ai" && agent !== null ? { kind: "ai", agent } : { kind: "nobody" };
}

export function isSameOwner(a: Owner, b: Owner): boolean {
  if (a.kind === "ai") return b.kind === "ai" && a.agent === b.agent;
  if (a.kind === "human") return b.kind === "human" && a.worker === b.worker;
  return b.kind === "nobody";
}

/**
 * Whether the user hears of a change, and in which words of the policy's: `text` null means the library's own. Null:
 * silence, since the policy says so, or since nothing has changed and there is no other news in it.
 */
export function wordsFor(
  { announcement, text }: Pick<OwnerChange, "announcement" | "text">,
  { announcements }: Pick<EscalationPolicy, "announcements">,
  { changed }: { readonly changed: boolean },
): { readonly text: LocalizedText | null } | null {
  // With no change of owner there is still the news that nobody came.
  if (!changed && announcement !== "back_to_ai" && announcement !== "expire") return null;
  const own = isReplaceable(announcement) ? announcements[announcement] : undefined;
  return own === null ? null : { text: text ?? own ?? null };
}

function isReplaceable(announcement: Announcement): announcement is "waiting" | "human" | "lost" | "ai" {
  return (
    announcement === "waiting" || announcement === "human" || announcement === "lost" || announcement === "ai"
  );
}
