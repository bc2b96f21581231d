import type { Evidence, Told } from "./promises.js";

/** What a human has allowed runs once at most, with exactly those arguments, and nothing else does. */
export function violationsOfApprovals({ stored }: Told, { calls, runs }: Evidence): string[] {
  const { session, effects, events } = stored;
  const found: string[] = [];
  const approvalOf = new Map(
    effects.flatMap((effect) =>
      effect.kind === "tool" ? [[effect.id, effect.tool.approvalId] as const] : [],
    ),
  );
  const decided = new Map<string, string>();
  const ended = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "approval.decided" && event.type !== "approval.executed") continue;
    const { escalationId: id, reason, details } = event.data;
    if (event.type === "approval.decided") {
      if (decided.has(id)) found.push(`proposal ${id} is decided twice`);
      decided.set(id, reason ?? "");
    } else {
      if (ended.has(id)) found.push(`the run of ${id} ended twice`);
      ended.set(id, String(details.execution));
    }
  }
  const ran = new Map<string, number>();
  for (const { sessionId, for: what, args } of runs) {
    if (sessionId !== session.id) continue;
    const id = "proposal" in what ? what.proposal : (approvalOf.get(what.key) ?? null);
    const about = `${JSON.stringify(args)} ran for proposal ${id}`;
    if (id === null) {
      found.push(`${about}, which nobody was asked about`);
      continue;
    }
    ran.set(id, (ran.get(id) ?? 0) + 1);
    const decision = calls.find(({ marker }) => marker !== null && marker === decided.get(id));
    if (decision?.allows == null || JSON.stringify(decision.allows) !== JSON.stringify(args))
      found.push(`${about}, allowed was ${JSON.stringify(decision?.allows)} by "${decision?.marker}"`);
  }
  for (const [id, times] of ran) if (times > 1) found.push(`proposal ${id} ran ${times} times`);
  for (const [id, execution] of ended)
    if (execution === "done" && !ran.has(id)) found.push(`proposal ${id} is done and never ran`);
  return found;
}
