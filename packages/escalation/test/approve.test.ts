import type { Approval, Escalation, JsonObject } from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  approvedArgs,
  type Deciding,
  decideApproval,
  hashArgs,
  settleExecution,
  takeExecution,
} from "../src/index.js";
import { eventsOf, makePolicy, makeStaff, makeWorker, open } from "./team.js";

const args = { amount: 40, to: { name: "Ada" } };
const ann = makeWorker({ id: "ann", name: "Ann", queues: ["support"] });
const context = { now: 0, staff: makeStaff([ann]) };

function proposed(over: Partial<Approval> = {}): Escalation {
  const approval: Approval = {
    status: "requested",
    agent: "claude",
    runBy: "orchestrator",
    tool: "refund",
    callId: "call",
    args,
    argsHash: hashArgs(args),
    editedArgs: null,
    editedHash: null,
    decidedBy: null,
    decidedAt: null,
    comment: null,
    execution: "none",
    result: null,
    ...over,
  };
  return open({ kind: "approval", approval, policy: makePolicy() }, context).escalation;
}

function decide(escalation: Escalation, over: Partial<Deciding> = {}) {
  const request = { worker: ann, decision: "approve", argsHash: hashArgs(args), comment: null } as const;
  return decideApproval(escalation, { ...request, ...over }, context);
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error.code;
    throw error;
  }
}

describe("what was approved", () => {
  it("is what is run, whatever order its members are in", () => {
    const { escalation, consequences } = decide(proposed());
    expect(eventsOf(consequences)).toEqual(["claimed", "approval.decided", "resolved"]);
    expect(consequences.map(({ type }) => type)).toContain("execute");
    const reordered = { to: { name: "Ada" }, amount: 40 };
    expect(approvedArgs(withArgs(escalation, { args: reordered }))).toEqual(args);
  });

  it("is refused when anything of it was changed afterwards", () => {
    const approved = decide(proposed()).escalation;
    const edited = decide(proposed(), { decision: "edit", args: { amount: 1 } }).escalation;
    for (const changed of [
      withArgs(approved, { args: { ...args, amount: 41 } }),
      withArgs(approved, { argsHash: hashArgs({}) }),
      withArgs(approved, { status: "rejected" }),
      withArgs(approved, { status: "expired" }),
      withArgs(edited, { editedArgs: { amount: 2 } }),
      withArgs(edited, { editedArgs: null }),
    ])
      expect(codeOf(() => approvedArgs(changed))).toBe("approval_mismatch");
    expect(approvedArgs(edited)).toEqual({ amount: 1 });
  });

  it("is not decided by somebody without the skill that is asked for", () => {
    const skilled = { ...proposed(), skills: [{ name: "finance", level: 1 }] };
    expect(codeOf(() => decide(skilled))).toBe("not_eligible");
  });

  it("is run by whoever asked once, and its end is taken in once", () => {
    const { escalation, consequences } = decide(proposed({ runBy: "caller", agent: null }));
    expect(consequences.map(({ type }) => type)).not.toContain("execute");
    expect(settleExecution(escalation, done, context).escalation).toBe(escalation);
    const taken = takeExecution(escalation, context);
    expect(taken.args).toEqual(args);
    expect(codeOf(() => takeExecution(taken.escalation, context))).toBe("approval_mismatch");
    const ended = settleExecution(taken.escalation, done, context).escalation;
    expect(ended.approval?.execution).toBe("done");
    expect(settleExecution(ended, { ...done, execution: "failed" }, context).escalation).toBe(ended);
    expect(codeOf(() => takeExecution(decide(proposed()).escalation, context))).toBe("approval_mismatch");
  });
});

const done = { execution: "done", result: null, error: null } as const;

function withArgs(
  escalation: Escalation,
  over: Partial<Approval> & { readonly args?: JsonObject },
): Escalation {
  if (escalation.approval === null) throw new Error("There is no approval.");
  return { ...escalation, approval: { ...escalation.approval, ...over } };
}
