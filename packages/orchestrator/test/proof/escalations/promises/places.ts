import { hasEnded } from "@hybrid-orchestrator/core";
import type { World } from "../world.js";

/** At rest, a worker's places are exactly those of what they hold, are offered, or are to take over. */
export function violationsOfPlaces({ watch, clock }: World): string[] {
  const wanted: string[] = [];
  for (const [id, one] of watch.escalations) {
    if (hasEnded(one.status)) continue;
    const workers = new Set<string>();
    if (one.holder !== null) workers.add(one.holder.worker);
    for (const { worker } of one.offers) workers.add(worker);
    if (one.transfer !== null && "worker" in one.transfer.to) workers.add(one.transfer.to.worker);
    for (const worker of workers) wanted.push(`${worker} for ${id}`);
  }
  // Of what is reserved until later somebody may still make use; that it ends is seen when all have gone home.
  const now = clock.now();
  const taken = [...watch.workers].flatMap(([worker, known]) =>
    (known.at(-1)?.record.slots ?? []).flatMap(({ escalationId, until }) => {
      const place = `${worker} for ${escalationId}`;
      return until === null || until <= now || wanted.includes(place) ? [place] : [];
    }),
  );
  return wanted.sort().join() === taken.sort().join()
    ? []
    : [`at rest the places taken are [${taken}], and should be [${wanted}]`];
}
