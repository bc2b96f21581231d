import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  AgentInput,
  Decision,
  EscalationPolicyInput,
  JsonObject,
  OutboundMessage,
  Tool,
  ToolResult,
} from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { change, codeOf } from "./harness.js";
import { goOn, heard, notifyAll, type TeamOptions, team } from "./team.js";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Shop {
  readonly orchestrator: Orchestrator;
  readonly clock: VirtualClock;
  readonly sent: OutboundMessage[];
  readonly id: string;
  readonly seen: AgentInput[];
  /** Arguments and idempotency keys of each run of the tool. */
  readonly runs: { readonly args: JsonObject; readonly key: string }[];
  /** What the agent was told of its calls. */
  readonly told: ToolResult[];
  ask(): Promise<void>;
}

/** An agent that proposes one refund whenever it is asked because of a field, and goes on else. */
async function shop(
  tool: Partial<Tool> = {},
  {
    calls = [{ callId: "call", args: { amount: 40 } }],
    ...options
  }: TeamOptions & {
    readonly calls?: readonly { readonly callId: string; readonly args: JsonObject }[];
  } = {},
): Promise<Shop> {
  const runs: Shop["runs"] = [];
  const told: ToolResult[] = [];
  const refund: Tool = {
    name: "refund",
    description: "Pays money back.",
    parameters: { type: "object", properties: { amount: { type: "number" } } },
    async execute(args, { idempotencyKey }) {
      runs.push({ args, key: idempotencyKey });
      return { paid: args.amount ?? null };
    },
    ...tool,
  };
  const decide = async ({ tools, context }: AgentInput): Promise<Decision> => {
    if (context.trigger !== "ask") return goOn;
    for (const call of calls) {
      const result = await tools?.find(({ name }) => name === "refund")?.call(call);
      if (result !== undefined) told.push(result);
    }
    return goOn;
  };
  const made = await team({ decide, tools: [refund], ...options });
  let count = 0;
  return {
    ...made,
    runs,
    told,
    async ask() {
      count += 1;
      await made.orchestrator.recordActivity(made.id, change("amount", String(count)));
      await made.clock.advance(100);
    },
  };
}

/** On a clock that stands still nobody would wait to the end for what never ends. */
async function stopped({ orchestrator, clock }: Pick<Shop, "orchestrator" | "clock">): Promise<void> {
  const stopping = orchestrator.stop();
  await clock.advance(10_000);
  await stopping;
}

const asks = { needsApproval: true } as const;

async function approvalIn({ orchestrator, id }: Shop) {
  const { items } = await orchestrator.escalations.list({ sessionId: id, kind: ["approval"] });
  const [escalation] = items;
  if (escalation?.approval == null) throw new Error("Nobody was asked.");
  return { id: escalation.id, approval: escalation.approval, escalation };
}

const decided = (escalation: { readonly approval: { readonly argsHash: string } }) => ({
  worker: "ann",
  decision: "approve" as const,
  argsHash: escalation.approval.argsHash,
});

async function callsIn({ orchestrator, id }: Shop): Promise<unknown[]> {
  const { items } = await orchestrator.listActivities(id, { limit: 100, types: ["tool_call"], order: "asc" });
  return items.map(({ data }) => data.status);
}

describe("a tool", () => {
  it("is run for the agent, told to it, and stands in the log", async () => {
    const made = await shop();
    await made.ask();
    expect(made.told).toEqual([{ status: "done", result: { paid: 40 } }]);
    const { items } = await made.orchestrator.listActivities(made.id, { limit: 9, types: ["tool_call"] });
    expect(items.map(({ data, actor }) => ({ actor, ...data }))).toEqual([
      {
        actor: "ai",
        tool: "refund",
        agent: "scripted",
        callId: "call",
        args: { amount: 40 },
        status: "done",
        result: { paid: 40 },
      },
    ]);
  });

  it("is run once for one call id, and refused with what its check says", async () => {
    const made = await shop(
      {
        check: ({ amount }) => {
          if (typeof amount !== "number") throw new Error("amount must be a number");
        },
      },
      {
        calls: [
          { callId: "a", args: { amount: 1 } },
          { callId: "a", args: { amount: 1 } },
          { callId: "b", args: { amount: "much" } },
        ],
      },
    );
    await made.ask();
    expect(made.runs).toHaveLength(1);
    expect(made.told.at(-1)).toEqual({ status: "refused", error: "amount must be a number" });
  });

  it("is refused to an agent that no longer speaks for the session", async () => {
    const box: { made?: Shop } = {};
    const made = await shop(
      {},
      {
        async decide({ tools, context }) {
          if (context.trigger !== "ask" || box.made === undefined) return goOn;
          await box.made.orchestrator.escalations.open(box.made.id, { reason: "stuck" });
          const result = await tools?.[0]?.call({ callId: "late", args: { amount: 1 } });
          if (result !== undefined) box.made.told.push(result);
          return goOn;
        },
      },
    );
    box.made = made;
    await made.ask();
    expect(made.told).toEqual([
      { status: "refused", error: "The session has changed hands since the agent was asked." },
    ]);
    expect(made.runs).toEqual([]);
  });

  it("that fails is told as failed, and one that hangs is stopped and not known to have failed", async () => {
    const failing = await shop({ execute: () => Promise.reject(new Error("no such order")) });
    await failing.ask();
    expect(failing.told).toEqual([{ status: "failed", error: "no such order" }]);
    const hanging = await shop({ execute: () => new Promise(() => undefined) });
    await hanging.ask();
    await hanging.clock.advance(60_000);
    expect((await callsIn(hanging))[0]).toBe("unknown");
    await stopped(hanging);
  });

  it("is offered only to the agents that may use it", async () => {
    const made = await shop({ agents: ["somebody else"] });
    await made.ask();
    expect(made.seen.at(-1)?.tools ?? []).toEqual([]);
  });
});

describe("an approval", () => {
  it("runs exactly what was approved, once, and the agent goes on with what came of it", async () => {
    const made = await shop(asks);
    await made.ask();
    const open = await approvalIn(made);
    expect(made.told).toEqual([{ status: "awaiting_approval", approvalId: open.id }]);
    expect(heard(made.sent, "ann")[0]).toContain("refund");
    expect(made.runs).toEqual([]);
    await made.orchestrator.approvals.decide(open.id, decided(open));
    await made.clock.advance(100);
    expect(made.runs.map(({ args }) => args)).toEqual([{ amount: 40 }]);
    const after = await made.orchestrator.escalations.get(open.id);
    expect(after).toMatchObject({
      status: "resolved",
      approval: { status: "approved", decidedBy: "ann", execution: "done", result: { paid: 40 } },
    });
    expect(await callsIn(made)).toEqual(["awaiting_approval", "done"]);
    expect(made.seen.at(-1)?.context.reason).toBe("The approved call of refund was run.");
    expect(await codeOf(made.orchestrator.approvals.decide(open.id, decided(open)))).toBe("escalation_ended");
    await made.clock.advance(3_600_000);
    expect(made.runs).toHaveLength(1);
  });

  it("is decided once when two decide at the same time", async () => {
    const made = await shop(asks);
    await made.ask();
    const open = await approvalIn(made);
    const codes = await Promise.all([
      codeOf(made.orchestrator.approvals.decide(open.id, decided(open))),
      codeOf(made.orchestrator.approvals.decide(open.id, { worker: "bob", decision: "reject" })),
    ]);
    expect([...codes].sort()).toEqual(["escalation_ended", null]);
    await made.clock.advance(1_000);
    expect(made.runs).toHaveLength(codes[0] === null ? 1 : 0);
  });

  it("counts for the arguments that the human read, and for no others", async () => {
    const made = await shop(asks);
    await made.ask();
    const open = await approvalIn(made);
    const { approvals } = made.orchestrator;
    const decide = { worker: "ann", decision: "approve" as const };
    expect(await codeOf(approvals.decide(open.id, decide))).toBe("approval_mismatch");
    expect(await codeOf(approvals.decide(open.id, { ...decide, argsHash: "of something else" }))).toBe(
      "approval_mismatch",
    );
    await made.clock.advance(1_000);
    expect(made.runs).toEqual([]);
  });

  it("with an edit runs the edited arguments, which the tool has to take", async () => {
    const made = await shop({
      ...asks,
      check: ({ amount }) => {
        if (Number(amount) > 50) throw new Error("too much");
      },
    });
    await made.ask();
    const open = await approvalIn(made);
    const edit = { ...decided(open), decision: "edit" as const };
    const { approvals } = made.orchestrator;
    expect(await codeOf(approvals.decide(open.id, { ...edit, args: { amount: 90 } }))).toBe(
      "invalid_argument",
    );
    await approvals.decide(open.id, { ...edit, args: { amount: 10 } });
    await made.clock.advance(100);
    expect(made.runs.map(({ args }) => args)).toEqual([{ amount: 10 }]);
  });

  it("that is rejected or answered runs nothing, and the agent is told what was said", async () => {
    for (const decision of ["reject", "respond", "ignore"] as const) {
      const made = await shop(asks);
      await made.ask();
      const open = await approvalIn(made);
      await made.orchestrator.approvals.decide(open.id, {
        worker: "ann",
        decision,
        comment: "not before Monday",
      });
      await made.clock.advance(1_000);
      expect(made.runs).toEqual([]);
      expect(String(made.seen.at(-1)?.context.reason)).toContain("not before Monday");
      expect((await made.orchestrator.escalations.get(open.id)).approval?.execution).toBe("none");
    }
  });

  it("that expires is told as expired, never as a refusal", async () => {
    const policy: EscalationPolicyInput = { ...notifyAll, onExhausted: { action: "expire" } };
    const made = await shop(asks, { policy });
    await made.ask();
    const open = await approvalIn(made);
    await made.clock.advance(130_000);
    const after = await made.orchestrator.escalations.get(open.id);
    expect(after).toMatchObject({ status: "expired", approval: { status: "expired", decidedBy: null } });
    expect(String(made.seen.at(-1)?.context.reason)).toContain("expired: nobody decided, and nobody refused");
    expect(await codeOf(made.orchestrator.approvals.decide(open.id, decided(open)))).toBe("escalation_ended");
    expect(made.runs).toEqual([]);
  });

  it("is asked for once while it waits, however often the agent proposes it", async () => {
    const made = await shop(asks);
    for (let turn = 0; turn < 4; turn += 1) await made.ask();
    const { items } = await made.orchestrator.escalations.list({ sessionId: made.id });
    expect(items).toHaveLength(1);
    expect(
      new Set(made.told.map((result) => result.status === "awaiting_approval" && result.approvalId)).size,
    ).toBe(1);
  });

  it("is asked for where the tool cannot say whether it needs one", async () => {
    const made = await shop({
      needsApproval: () => {
        throw new Error("price list is down");
      },
    });
    await made.ask();
    expect(made.runs).toEqual([]);
    expect((await approvalIn(made)).approval.status).toBe("requested");
  });

  it("is not run when the session has ended meanwhile, or the agent was switched off", async () => {
    const ended = await shop(asks);
    await ended.ask();
    const open = await approvalIn(ended);
    await ended.orchestrator.complete(ended.id);
    expect((await ended.orchestrator.escalations.get(open.id)).approval?.status).toBe("superseded");

    const stopped = await shop(asks);
    await stopped.ask();
    const other = await approvalIn(stopped);
    await stopped.orchestrator.killSwitches.engage({ agent: "scripted", reason: "misbehaves" });
    await stopped.orchestrator.approvals.decide(other.id, decided(other));
    await stopped.clock.advance(1_000);
    expect(stopped.runs).toEqual([]);
    expect((await stopped.orchestrator.escalations.get(other.id)).approval?.execution).toBe("failed");
  });

  it("is not run a second time by whoever finds it begun; a tool that may be repeated is, with the same key", async () => {
    for (const idempotent of [false, true]) {
      const folder = await mkdtemp(join(tmpdir(), "approvals-"));
      folders.push(folder);
      const path = join(folder, "sessions.db");
      const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
      const runs: string[] = [];
      let dead = false;
      const storage = sqliteStorage({ path });
      const mortal = new Proxy(storage, {
        get(target, name, receiver) {
          if (dead && name === "commit") throw new Error("The process is gone.");
          const member: unknown = Reflect.get(target, name, receiver);
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
      const dying = await shop(
        {
          ...asks,
          idempotent,
          execute: (_, { idempotencyKey }) => {
            runs.push(idempotencyKey);
            return new Promise(() => undefined);
          },
        },
        { options: { clock, storage: mortal } },
      );
      await dying.ask();
      const open = await approvalIn(dying);
      await dying.orchestrator.approvals.decide(open.id, decided(open));
      await clock.advance(100);
      expect(runs).toHaveLength(1);
      dead = true;
      await stopped(dying);
      const heir = await shop(
        {
          ...asks,
          idempotent,
          async execute(_, { idempotencyKey }) {
            runs.push(idempotencyKey);
            return "done";
          },
        },
        { options: { clock, storage: sqliteStorage({ path }) } },
      );
      await clock.advance(200_000);
      const { approval } = await heir.orchestrator.escalations.get(open.id);
      expect(approval?.execution).toBe(idempotent ? "done" : "unknown");
      expect(new Set(runs).size).toBe(1);
      expect(runs).toHaveLength(idempotent ? 2 : 1);
    }
  });
});

describe("an approval that whoever asks runs for themselves", () => {
  const proposal = {
    tool: "delete_branch",
    args: { name: "old" },
    reason: "nobody uses it",
    runBy: "caller",
  } as const;

  it("hands out what was approved once, and takes in what came of it", async () => {
    const made = await shop();
    const { approvals } = made.orchestrator;
    const { id, approval } = await approvals.request(made.id, proposal);
    expect(await codeOf(approvals.take(id))).toBe("approval_mismatch");
    await approvals.decide(id, { worker: "bob", decision: "approve", argsHash: approval?.argsHash ?? "" });
    expect(await approvals.take(id)).toEqual({ name: "old" });
    expect(await codeOf(approvals.take(id))).toBe("approval_mismatch");
    expect(await approvals.report(id, { status: "done", result: "gone" })).toMatchObject({
      approval: { execution: "done", result: "gone" },
    });
    expect(await approvals.report(id, { status: "failed" })).toMatchObject({
      approval: { execution: "done" },
    });
  });

  it("is refused for a tool that the orchestrator is to run and does not know", async () => {
    const made = await shop();
    const request = made.orchestrator.approvals.request(made.id, { ...proposal, runBy: "orchestrator" });
    expect(await codeOf(request)).toBe("unknown_name");
  });
});
