import { createId, type Session } from "@hybrid-orchestrator/core";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { ApprovalResult } from "./approval-view.js";
import { hashCall, type ProposedCall } from "./proposed-call.js";
import type { Desk } from "./tool.js";

/** Whoever decides must have seen all of it. */
const maxShownCharacters = 4_000;

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

/** Asks whoever sits at the client. Null where the client cannot ask, or the person did not decide. */
export async function askAtClient(
  desk: Desk,
  call: ProposedCall,
  context: ServerContext,
): Promise<ApprovalResult | InputRequiredResult | null> {
  const message = question(call);
  if (!canElicit(desk, context) || message === null) return null;
  const { client, codec, orchestrator } = desk;
  const { inputResponses } = context.mcpReq;
  const hash = hashCall(call);
  const state = context.mcpReq.requestState<Asked>();
  // An answer counts for the very call that was asked about, and for none that nobody was asked about.
  if (state?.call !== hash) {
    const asked: Asked = { call: hash, id: createId(orchestrator.clock.now()) };
    return inputRequired({
      inputRequests: { [answerKey]: inputRequired.elicit({ message, requestedSchema: form }) },
      requestState: await codec.mint(asked, context),
    });
  }
  const response = inputResponse(inputResponses, answerKey);
  const accepted = acceptedContent(inputResponses, answerKey, form);
  const declined = response.kind === "elicit" && response.action === "decline";
  if (accepted === undefined && !declined) return null;
  const { decision, comment = null } = accepted ?? { decision: "reject" as const };
  // Who sits there is not known to us, so that the log names the client, and that it was asked there.
  const decidedBy = `client:${client.name}`;
  const { session, tool, args, reason } = call;
  await orchestrator.recordActivity(
    { id: session.id },
    {
      type: "approval",
      actor: "user",
      data: { tool, args, reason, decision, comment, decidedBy, by: "elicitation" },
    },
    { idempotencyKey: `mcp:approval:${state.id}` },
  );
  const approved = decision === "approve";
  return {
    id: null,
    approval: {
      status: approved ? "approved" : "rejected",
      tool,
      decidedBy,
      comment,
      execution: "none",
    },
    arguments: approved ? args : null,
    next: approved ? "Do it once, with exactly these arguments." : "Do not do it.",
  };
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

function question({ session, tool, args, reason }: ProposedCall): string | null {
  const shown = JSON.stringify(args, null, 2);
  if (shown.length > maxShownCharacters) return null;
  return `An AI asks to do this in session ${nameOf(session)}.\n\n${tool}\n${shown}\n\nIts reason: ${reason}`;
}

function nameOf({ id, workflow }: Session): string {
  return `${id} (${workflow})`;
}
