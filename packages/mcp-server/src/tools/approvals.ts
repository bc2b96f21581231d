import { createId, OrchestratorError, type Session, toJsonObject } from "@hybrid-orchestrator/core";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { approvalView } from "./approval-view.js";
import { askWorkers } from "./ask-workers.js";
import { hashCall, type ProposedCall } from "./proposed-call.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk } from "./tool.js";

const maxArgumentBytes = 64 * 1024;
const maxShownCharacters = 4_000;

const result = z.object({
  approval: approvalView,
  id: z.string().nullable().describe("Give it to await_human where the status is requested."),
  next: z.string(),
});
type Result = z.input<typeof result>;

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
  callId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Your id of this call: the same id is the same request, also after a lost answer."),
});

export function addApprovalTools(desk: Desk): void {
  const { gate, settings, orchestrator } = desk;
  const { clock } = orchestrator;

  addTool(desk, {
    name: "request_approval",
    title: "Have an action approved",
    description:
      "Asks a human whether you may do something, before you do it. Do it only when the status is approved or edited, " +
      "with exactly the arguments that come back. With status requested, wait with await_human.",
    input: proposal,
    output: result,
    annotations: adding,
    async run({ session: named, tool, arguments: given, reason, callId }, context) {
      const session = await gate.find(named);
      const args = toJsonObject(given, { name: "arguments", maxBytes: maxArgumentBytes });
      const call: ProposedCall = { session, tool, args, reason, callId };
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

  /** Null where the person did not decide. */
  async function askAtClient(
    { client, codec }: Desk,
    call: ProposedCall,
    context: ServerContext,
  ): Promise<Result | InputRequiredResult | null> {
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
        arguments: approved ? call.args : null,
        decidedBy,
        comment,
      },
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
