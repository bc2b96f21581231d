import { hasEnded } from "@hybrid-orchestrator/core";
import type { World } from "../world.js";

/** At rest, a worker's places are exactly those of what they hold, are offered, or are to take over. */
export function violationsOfPlaces({ watch }: World): string[] {
  const wanted: string[] = [];
  for (const [id, one] of watch.escalations) {
    if (hasEnded(one.status)) continue;
    const workers = new Set<string>();
    if (one.holder !== null) workers.add(one.holder.worker);
    for (const { worker } of one.offers) workers.add(worker);
    if (one.transfer !== null && "worker" in one.transfer.to) workers.add(one.transfer.to.worker);
    for (const worker of workers) wanted.push(`${worker} for ${id}`);
  }
  const taken = [...watch.workers].flatMap(([worker, known]) =>
    (known.at(-1)?.record.slots ?? []).map(({ escalationId }) => `${worker} for ${escalationId}`),
  );
  return wanted.sort().join() === taken.sort().join()
    ? []
    : [`at rest the places taken are [${taken}], and should be [${wanted}]`];
}
