import { type Approval, OrchestratorError, toJson, toJsonObject } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { approvalResult, approvalView, viewApproval } from "./approval-view.js";
import { askAtClient } from "./ask-at-client.js";
import { askWorkers } from "./ask-workers.js";
import { escalationId, findEscalation } from "./escalations.js";
import type { ProposedCall } from "./proposed-call.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk, setting } from "./tool.js";

const maxJsonBytes = 64 * 1024;

const proposal = z.object({
  session: sessionName,
  tool: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}+$/u, "must be one line")
    .describe("What you want to call."),
  arguments: z.record(z.string(), z.unknown()).describe("Exactly what you would call it with."),
  reason: z.string().min(1).max(2_000).describe("Why."),
});

const oneApproval = z.object({ approval: escalationId });

const taken = z.object({
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  next: z.string(),
});

const report = z.object({
  approval: escalationId,
  status: z.enum(["done", "failed"]),
  result: z.unknown().optional().describe("What it returned."),
  error: z.string().max(500).optional().describe("Why it failed."),
});

const reported = z.object({ approval: approvalView });

const notAnApproval = (id: string) => new OrchestratorError("not_found", `Escalation ${id} is no approval.`);

export function addApprovalTools(desk: Desk): void {
  const { gate, settings, orchestrator } = desk;

  addTool(desk, {
    name: "request_approval",
    title: "Have an action approved",
    description:
      "Asks a human whether you may do something, before you do it. With status requested, wait with await_human. " +
      "Do it only with arguments that come back from here or from take_approval, exactly those, once. " +
      "The same request while it waits for an answer is not made twice.",
    input: proposal,
    output: approvalResult,
    annotations: adding,
    async run({ session: named, tool, arguments: given, reason }, context) {
      const session = await gate.find(named);
      const args = toJsonObject(given, { name: "arguments", maxBytes: maxJsonBytes });
      const call: ProposedCall = { session, tool, args, reason };
      if (settings.approvals === "workers") return askWorkers(desk, call);
      const asked = await askAtClient(desk, call, context);
      if (asked !== null) return asked;
      if (settings.approvals === "elicit_then_workers") return askWorkers(desk, call);
      throw new OrchestratorError(
        "unavailable",
        "Nobody decides: your client cannot ask its human about this, or its human did not answer.",
      );
    },
  });

  addTool(desk, {
    name: "take_approval",
    title: "Take what was approved",
    description:
      "The arguments with which an approved action may be done, which a human may have changed. They are given once: " +
      "call it right before you do it, and report_result after it.",
    input: oneApproval,
    output: taken,
    annotations: adding,
    async run({ approval: id }) {
      const { approval } = await findApproval(id);
      const args = await orchestrator.approvals.take(id);
      return {
        tool: approval.tool,
        arguments: args,
        next: "Do it now, once, with exactly these arguments. Then call report_result.",
      };
    },
  });

  addTool(desk, {
    name: "report_result",
    title: "Report what came of it",
    description: "Tells what came of an action whose approval you took. Said again it changes nothing.",
    input: report,
    output: reported,
    annotations: setting,
    async run({ approval: id, status, result: outcome, error }) {
      await findApproval(id);
      const { approval } = await orchestrator.approvals.report(id, {
        status,
        ...(outcome !== undefined && { result: toJson(outcome, { name: "result", maxBytes: maxJsonBytes }) }),
        ...(error !== undefined && { error }),
      });
      if (approval === null) throw notAnApproval(id);
      return { approval: viewApproval(approval, desk.shown) };
    },
  });

  async function findApproval(id: string): Promise<{ readonly approval: Approval }> {
    const { approval } = await findEscalation(desk, id);
    if (approval === null) throw notAnApproval(id);
    return { approval };
  }
}
