import { type Escalation, hasEnded } from "@hybrid-orchestrator/core";
import type { Node } from "../nodes.js";
import type { Act } from "./plan.js";
import { agent, reasonUnder, team, tool } from "./scenario.js";
import { ask, someNode, type World } from "./world.js";

/** Asks some node for it, and does not wait for the answer. */
export async function begin(world: World, sessionId: string, act: Act): Promise<void> {
  if (act.do === "race" || act.do === "twice") {
    const one = someEscalation(world, sessionId);
    for (const worker of act.do === "race" ? team : [act.worker, act.worker]) {
      const { node } = await someNode(world);
      if (one !== null) claim(world, node, { one, worker, seen: act.seen });
    }
    return;
  }
  const { node, version } = await someNode(world);
  const { orchestrator } = node;
  const { approvals, escalations, workers } = orchestrator;
  switch (act.do) {
    case "open":
    case "question": {
      const asks = { kind: "question", question: "How much?", reason: reasonUnder(version) } as const;
      const wants = { reason: reasonUnder(version) };
      ask(world, node, {
        act: "open",
        sessionId,
        call: () => escalations.open(sessionId, act.do === "question" ? asks : wants),
      });
      return;
    }
    case "write": {
      const marker = mark(world, "the user says");
      const call = async () =>
        orchestrator.recordActivity(sessionId, { type: "message", data: { text: marker } });
      ask(world, node, { act: "write", sessionId, marker, call });
      return;
    }
    case "struggle": {
      const data = { fieldId: "a", value: `${world.inputs}` };
      world.inputs += 1;
      const call = () => orchestrator.recordActivity(sessionId, { type: "field_change", data });
      ask(world, node, { act: "struggle", sessionId, call });
      return;
    }
    case "presence": {
      const { worker, to } = act;
      const call = () => (to === "heartbeat" ? workers.heartbeat(worker) : workers.setPresence(worker, to));
      ask(world, node, { act: "presence", sessionId, worker, call });
      return;
    }
    case "finish":
    case "pause":
    case "resume": {
      const change = act.do === "finish" ? "abandon" : act.do;
      ask(world, node, { act: "status", sessionId, call: () => orchestrator[change](sessionId) });
      return;
    }
    case "claim": {
      const one = someEscalation(world, sessionId);
      if (one !== null) claim(world, node, { one, worker: act.worker, seen: act.seen });
      return;
    }
    case "propose":
    case "proposeOwn": {
      const args = { amount: world.inputs };
      const runBy = act.do === "propose" ? "orchestrator" : "caller";
      const wants = { tool, args, runBy, reason: reasonUnder(version), agent } as const;
      world.inputs += 1;
      ask(world, node, { act: "propose", sessionId, call: () => approvals.request(sessionId, wants) });
      return;
    }
    case "take": {
      const one = proposalOf(world, sessionId, ({ approval }) => approval?.runBy === "caller");
      if (one === null) return;
      const { id } = one;
      const call = async () => {
        const args = await approvals.take(id);
        if (!node.dead) world.runs.push({ sessionId, for: { proposal: id }, args });
      };
      ask(world, node, { act: "take", sessionId, escalationId: id, call });
      return;
    }
    case "decide":
      decide(world, node, { sessionId, act });
      return;
    case "cancel": {
      const one = someEscalation(world, sessionId);
      const marker = mark(world, "cancelled");
      if (one !== null)
        ask(world, node, {
          act: "cancel",
          sessionId,
          escalationId: one.id,
          marker,
          call: () => escalations.cancel(one.id, { reason: marker }),
        });
      return;
    }
    default:
      byWorker(world, node, { sessionId, act });
  }
}

type ByWorker = Extract<Act, { readonly by: unknown }>;

/** What whoever holds it may do, and others may not. */
function byWorker(
  world: World,
  node: Node,
  { sessionId, act }: { readonly sessionId: string; readonly act: ByWorker },
): void {
  const one = someEscalation(world, sessionId);
  if (one === null) return;
  const { id } = one;
  const { escalations } = node.orchestrator;
  const worker = act.by === "holder" ? (one.holder?.worker ?? act.to) : act.by;
  const claimEpoch = epochOf(one, act.seen);
  const by = { worker, ...(claimEpoch !== undefined && { claimEpoch }) };
  const told = { sessionId, escalationId: id, worker, claimEpoch };
  const marked = (name: string, call: (marker: string) => Promise<unknown>): void => {
    const marker = mark(world, name);
    ask(world, node, { ...told, act: name, marker, call: () => call(marker) });
  };
  switch (act.do) {
    case "reply":
      marked("reply", (text) => escalations.reply(id, { ...by, text }));
      return;
    case "release":
      marked("release", (reason) => escalations.release(id, { ...by, reason }));
      return;
    case "handBack":
      marked("handBack", (text) => escalations.handBack(id, { ...by, note: { text } }));
      return;
    case "resolve":
      marked("resolve", (outcome) => escalations.resolve(id, { ...by, outcome }));
      return;
    case "transfer":
      marked("transfer", (note) =>
        escalations.transfer(id, { ...by, to: { worker: act.to }, note, seconds: 12 }),
      );
      return;
    case "transferToQueue":
      marked("transfer", (note) =>
        escalations.transfer(id, { ...by, to: { queue: "support" }, note, seconds: 12 }),
      );
      return;
    case "snooze":
      ask(world, node, { ...told, act: "snooze", call: () => escalations.snooze(id, by) });
      return;
    case "snoozeFor": {
      const until = world.clock.now() + 7_000;
      ask(world, node, { ...told, act: "snooze", call: () => escalations.snooze(id, { ...by, until }) });
      return;
    }
    case "decline":
      ask(world, node, { ...told, act: "decline", call: () => escalations.decline(id, { worker }) });
  }
}

/** The latest of those that fit. */
function proposalOf(
  { watch }: World,
  sessionId: string,
  fits: (one: Escalation) => boolean,
): Escalation | null {
  const all = [...watch.escalations.values()];
  return all.findLast((one) => one.sessionId === sessionId && one.approval !== null && fits(one)) ?? null;
}

function decide(
  world: World,
  node: Node,
  { sessionId, act }: { readonly sessionId: string; readonly act: Extract<Act, { readonly do: "decide" }> },
): void {
  const one =
    proposalOf(world, sessionId, ({ status }) => !hasEnded(status)) ??
    proposalOf(world, sessionId, () => true);
  if (one?.approval == null) return;
  const { worker, decision, reads } = act;
  const marker = mark(world, decision);
  const read = reads === "this" ? one.approval.argsHash : "0".repeat(64);
  const edited = { amount: -world.inputs };
  const allows = decision === "edit" ? edited : decision === "approve" ? one.approval.args : null;
  ask(world, node, {
    act: "decide",
    sessionId,
    escalationId: one.id,
    worker,
    marker,
    allows: reads === "this" ? allows : null,
    call: () =>
      node.orchestrator.approvals.decide(one.id, {
        worker,
        decision,
        comment: marker,
        ...(reads !== "nothing" && { argsHash: read }),
        ...(decision === "edit" && { args: edited }),
      }),
  });
}

function claim(
  world: World,
  node: Node,
  {
    one,
    worker,
    seen,
  }: { readonly one: Escalation; readonly worker: string; readonly seen: ByWorker["seen"] },
): void {
  const claimEpoch = epochOf(one, seen);
  ask(world, node, {
    act: "claim",
    sessionId: one.sessionId,
    escalationId: one.id,
    worker,
    claimEpoch,
    call: () =>
      node.orchestrator.escalations.claim(one.id, {
        worker,
        ...(claimEpoch !== undefined && { claimEpoch }),
      }),
  });
}

function epochOf({ claimEpoch }: Escalation, seen: ByWorker["seen"]): number | undefined {
  return seen === "none" ? undefined : seen === "now" ? claimEpoch : Math.max(0, claimEpoch - 1);
}

/** Mostly the takeover that is open, or another; now and then one that has ended. */
function someEscalation({ watch, random }: World, sessionId: string): Escalation | null {
  const all = [...watch.escalations.values()].filter((one) => one.sessionId === sessionId);
  const open = all.filter(({ status }) => !hasEnded(status));
  const takeover = open.find(({ kind }) => kind === "takeover");
  if (takeover !== undefined && random.chance(0.7)) return takeover;
  const [first, ...others] = open.length > 0 && random.chance(0.95) ? open : all;
  return first === undefined ? null : random.pick([first, ...others]);
}

function mark(world: World, what: string): string {
  world.inputs += 1;
  return `${what} #${world.inputs}.`;
}
