import {
  type Approval,
  createId,
  OrchestratorError,
  type Session,
  toJson,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { approvalView, viewApproval } from "./approval-view.js";
import { askWorkers } from "./ask-workers.js";
import { escalationId, findEscalation } from "./escalations.js";
import { hashCall, type ProposedCall } from "./proposed-call.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk, setting } from "./tool.js";

const maxJsonBytes = 64 * 1024;
const maxShownCharacters = 4_000;

const result = z.object({
  approval: approvalView,
  id: z.string().nullable().describe("Give it to await_human where the status is requested."),
  arguments: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("With what exactly it may be done, once; null where it may not, or not yet."),
  next: z.string(),
});
export type ApprovalResult = z.input<typeof result>;

/** What the person at the client is asked. Flat, as MCP wants forms. */
const form = z.object({
  decision: z
    .enum(["approve", "reject"])
    .meta({ title: "Decision", description: "Whether it may be done, exactly as shown." }),
  comment: z
    .string()
    .max(2_000)
    .optional()
    .meta({ title: "Comment", description: "What the AI should know." }),
});
const answerKey = "decision";

const capabilities = z.object({
  elicitation: z.object({ form: z.unknown().optional(), url: z.unknown().optional() }).optional(),
});

/** What goes through the client between the two rounds: which call was asked about. */
interface Asked {
  readonly call: string;
  /** Which time of asking: the same answer may come twice. */
  readonly id: string;
}

const proposal = z.object({
  session: sessionName,
  tool: z.string().min(1).max(200).describe("What you want to call."),
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
  const { clock } = orchestrator;

  addTool(desk, {
    name: "request_approval",
    title: "Have an action approved",
    description:
      "Asks a human whether you may do something, before you do it. With status requested, wait with await_human. " +
      "Do it only with arguments that come back from here or from take_approval, exactly those, once. " +
      "The same request while it waits for an answer is not made twice.",
    input: proposal,
    output: result,
    annotations: adding,
    async run({ session: named, tool, arguments: given, reason }, context) {
      const session = await gate.find(named);
      const args = toJsonObject(given, { name: "arguments", maxBytes: maxJsonBytes });
      const call: ProposedCall = { session, tool, args, reason };
      if (settings.approvals === "workers") return askWorkers(desk, call);
      if (canElicit(desk, context)) {
        const asked = await askAtClient(desk, call, context);
        if (asked !== null) return asked;
      }
      if (settings.approvals === "elicit_then_workers") return askWorkers(desk, call);
      throw new OrchestratorError(
        "unavailable",
        "Nobody decides: your client cannot ask its human, or its human did not answer.",
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

  /** Null where the person did not decide. */
  async function askAtClient(
    { client, codec }: Desk,
    call: ProposedCall,
    context: ServerContext,
  ): Promise<ApprovalResult | InputRequiredResult | null> {
    const hash = hashCall(call);
    const { inputResponses } = context.mcpReq;
    const state = context.mcpReq.requestState<Asked>();
    // An answer counts for the very call that was asked about, and for none that nobody was asked about.
    if (state?.call !== hash) {
      return inputRequired({
        inputRequests: {
          [answerKey]: inputRequired.elicit({ message: question(call), requestedSchema: form }),
        },
        requestState: await codec.mint({ call: hash, id: createId(clock.now()) } satisfies Asked, context),
      });
    }
    const response = inputResponse(inputResponses, answerKey);
    const accepted = acceptedContent(inputResponses, answerKey, form);
    const declined = response.kind === "elicit" && response.action === "decline";
    if (accepted === undefined && !declined) return null;
    const { decision, comment = null } = accepted ?? { decision: "reject" as const };
    const decidedBy = `client:${client.name}`;
    await record(call, { decision, comment, decidedBy }, state.id);
    const approved = decision === "approve";
    return {
      id: null,
      approval: {
        status: approved ? "approved" : "rejected",
        tool: call.tool,
        decidedBy,
        comment,
        execution: "none",
      },
      arguments: approved ? call.args : null,
      next: approved ? "Do it once, with exactly these arguments." : "Do not do it.",
    };
  }

  /** Who sat at the client is not known to us, so that the log names the client, and that it was asked there. */
  async function record(
    { session, tool, args, reason }: ProposedCall,
    decided: {
      readonly decision: "approve" | "reject";
      readonly comment: string | null;
      readonly decidedBy: string;
    },
    asking: string,
  ): Promise<void> {
    await orchestrator.recordActivity(
      { id: session.id },
      { type: "approval", actor: "user", data: { tool, args, reason, ...decided, by: "elicitation" } },
      { idempotencyKey: `mcp:approval:${asking}` },
    );
  }
}

/** In the revision of 2026 each request says what its client can do, before that the connection's first one. */
function canElicit({ server }: Desk, { mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const said = envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities();
  const elicitation = capabilities.safeParse(said).data?.elicitation;
  if (elicitation === undefined) return false;
  // An empty object means forms: the revision 2025-06-18 knew nothing else.
  return elicitation.form !== undefined || elicitation.url === undefined;
}

function question({ session, tool, args, reason }: ProposedCall): string {
  const shown = JSON.stringify(args, null, 2);
  const text =
    shown.length > maxShownCharacters
      ? `${shown.slice(0, maxShownCharacters)}\n… ${shown.length - maxShownCharacters} more characters`
      : shown;
  return `An AI asks to do this in session ${nameOf(session)}.\n\n${tool}\n${text}\n\nIts reason: ${reason}`;
}

function nameOf({ id, workflow }: Session): string {
  return `${id} (${workflow})`;
}
