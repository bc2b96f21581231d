import { hasBeenClosed, ownersInLog } from "./lives.js";
import type { Evidence, Told } from "./promises.js";

/** What the user writes while somebody holds the session is told to them, once and in order; all of it is in the log. */
export function violationsOfMessages({ stored }: Told, { calls, shown }: Evidence): string[] {
  const { session, log, events, effects } = stored;
  const found: string[] = [];
  const toWorkers = new Map(
    effects.flatMap((effect) =>
      effect.kind === "delivery" && effect.delivery.message.audience === "worker"
        ? [[effect.id, effect.delivery] as const]
        : [],
    ),
  );
  const closed = hasBeenClosed(stored);
  const said: string[] = [];
  const expected: string[] = [];
  // Of one commit the events of its activities come first, so only the log tells whose the session was at a word.
  for (const { entry, owner } of ownersInLog(log)) {
    if (entry.type !== "message" || entry.actor !== "user") continue;
    const text = String(entry.data.text);
    said.push(text);
    if (owner !== null) expected.push(`${owner.worker}: ${text}`);
  }
  const told: string[] = [];
  for (const event of events) {
    if (event.type !== "delivery.queued") continue;
    const delivery = toWorkers.get(event.data.deliveryId);
    const text = String(delivery?.message.content);
    if (delivery === undefined || !said.includes(text)) continue;
    told.push(`${delivery.message.recipient.id}: ${text}`);
    if (!closed && delivery.status !== "sent" && delivery.status !== "failed")
      found.push(`"${text}" is ${delivery.status} for ${delivery.message.recipient.id}`);
  }
  if (told.join() !== expected.join())
    found.push(`the user's words went to [${told}], they were for [${expected}]`);
  for (const { sessionId, act, marker, outcome } of calls) {
    if (sessionId !== session.id || act !== "write" || marker === null) continue;
    const times = said.filter((text) => text === marker).length;
    if (times > 1 || (outcome !== "unknown" && times !== (outcome === "done" ? 1 : 0)))
      found.push(`"${marker}" was ${outcome} and is in the log ${times} times`);
  }
  for (const { sessionId, seqs } of shown) {
    if (sessionId !== session.id) continue;
    const first = seqs[0] ?? 0;
    if (seqs.some((seq, index) => seq !== first + index))
      found.push(`the agent was shown ${seqs}, with gaps or out of order`);
  }
  return found;
}
