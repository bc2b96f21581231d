import {
  createId,
  type LocalizedText,
  logEntry,
  type Owner,
  type Recipient,
} from "@hybrid-orchestrator/core";
import { type Announcement, announcementText, isSameOwner } from "@hybrid-orchestrator/escalation";
import { forgetSaid } from "./agent-record.js";
import { draftMessage, queueMessage } from "./deliveries.js";
import type { SessionWork } from "./work.js";

/**
 * Gives the session to somebody: under a new epoch, so that nothing that was written for the old owner leaves any more.
 * Says whether that is a change.
 */
export function changeOwner(work: SessionWork, to: Owner, reason: string): boolean {
  const { owner: from, ownershipEpoch: before, evaluatedAt: at } = work.session;
  if (isSameOwner(from, to)) return false;
  const ownershipEpoch = before + 1;
  work.patch({ owner: to, ownershipEpoch });
  forgetSaid(work);
  work.event({ type: "session.owner_changed", at, data: { from, to, ownershipEpoch, reason } });
  work.append({
    id: createId(at),
    type: logEntry.ownerChanged,
    actor: "system",
    channel: null,
    data: { from, to, ownershipEpoch, reason },
    occurredAt: at,
    createdAt: work.now,
  });
  return true;
}

/** Tells the user. Leaves also while a human owns the session: it is about that. */
export function announce(
  work: SessionWork,
  announcement: Announcement,
  { text, worker }: { readonly text: LocalizedText | null; readonly worker: Pick<Recipient, "name"> | null },
): void {
  queueMessage(
    work,
    draftMessage({
      content: announcementText(announcement, { text, worker: worker?.name ?? null }),
      audience: "user",
      automated: true,
      urgency: "high",
      validWhile: ["active", "paused"],
      whileHuman: "send",
      kind: "follow_up",
      metadata: { announcement },
      reason: `announcement: ${announcement}`,
    }),
  );
}
