import type { Recipient, WorkerRecord } from "@hybrid-orchestrator/core";
import { asRecipient } from "../decide/notices.js";
import type { Runtime } from "../runtime.js";

/** Whether that is where messages for the recipient go on the channel. */
export function isAddressOf(
  { hub }: Runtime,
  recipient: Recipient,
  { channel, sender }: { readonly channel: string; readonly sender: string },
): boolean {
  const view = hub.views().channels.get(channel);
  if (view === undefined) return false;
  try {
    return view.canReach(recipient) && view.destination(recipient) === sender;
  } catch {
    // A channel that fails for somebody is not used for them, and so nobody's word comes from there.
    return false;
  }
}

/** The one worker who is written to there; null where there is none, or several share the address. */
export function workerAt(
  runtime: Runtime,
  at: { readonly channel: string; readonly sender: string },
): WorkerRecord | null {
  const { workers } = runtime.directory.staff();
  const found = [...workers.values()].filter((worker) => isAddressOf(runtime, asRecipient(worker), at));
  return found.length === 1 ? (found[0] ?? null) : null;
}
