import type { DeliveryEffect } from "@hybrid-orchestrator/core";
import { agent, epochOfDraft } from "../scenario.js";
import { hasBeenClosed, SessionReplay } from "./lives.js";
import type { Told } from "./promises.js";

const announcementsTo: Readonly<Record<string, ReadonlySet<unknown>>> = {
  human: new Set(["human"]),
  nobody: new Set(["waiting", "lost", "expire"]),
  ai: new Set(["ai", "back_to_ai"]),
};

/** Nothing automated leaves under another owner than it was written for; each change of owner is announced once. */
export function violationsOfOwners({ stored }: Told): string[] {
  const { events, effects } = stored;
  const deliveries = new Map(
    effects.flatMap((effect) => (effect.kind === "delivery" ? [[effect.id, effect] as const] : [])),
  );
  const found: string[] = [];
  const replay = new SessionReplay({ kind: "ai", agent });
  const writtenUnder = new Map<string, number>();
  const said = new Map<number, DeliveryEffect[]>();
  let silentExhaustions = 0;
  for (const event of events) {
    replay.apply(event);
    const { owner, ownershipEpoch } = replay;
    if (event.type === "escalation.exhausted" || event.type === "escalation.expired") silentExhaustions += 1;
    if (!("deliveryId" in event.data)) continue;
    const { deliveryId } = event.data;
    const effect = deliveries.get(deliveryId);
    if (effect === undefined) continue;
    const { message } = effect.delivery;
    if (event.type === "delivery.queued") {
      writtenUnder.set(deliveryId, ownershipEpoch);
      if (message.metadata.announcement !== undefined)
        said.set(ownershipEpoch, [...(said.get(ownershipEpoch) ?? []), effect]);
    }
    if (event.type !== "delivery.attempted" || !message.automated || message.whileHuman !== "drop") continue;
    const about = `"${String(message.content)}" (${deliveryId}) began to leave`;
    if (owner.kind === "human") found.push(`${about} while ${owner.worker} owned the session`);
    const under = epochOfDraft(message.content) ?? writtenUnder.get(deliveryId);
    if (under !== ownershipEpoch) found.push(`${about} under ${ownershipEpoch}, written under ${under}`);
  }
  const changes = events.filter(({ type }) => type === "session.owner_changed");
  let announced = said.get(0)?.length ?? 0;
  changes.forEach((event, index) => {
    if (event.type !== "session.owner_changed") return;
    const own = said.get(index + 1) ?? [];
    announced += own.length;
    const fits = announcementsTo[event.data.to.kind];
    if (!fits?.has(own[0]?.delivery.message.metadata.announcement))
      found.push(`the change to ${event.data.to.kind} was not announced`);
  });
  if (announced < changes.length || announced > changes.length + silentExhaustions)
    found.push(`${changes.length} changes of owner and ${announced} announcements`);
  // What waits while a session is closed does not leave, and it may have been opened again.
  if (hasBeenClosed(stored)) return found;
  for (const { id, delivery } of [...said.values()].flat())
    if (delivery.status !== "sent" && delivery.status !== "failed")
      found.push(`announcement ${id} is ${delivery.status}`);
  return found;
}
