import { canonicalText, hashParts, type JsonObject, type Session } from "@hybrid-orchestrator/core";

/** What an AI wants to do, and has not done. */
export interface ProposedCall {
  readonly session: Session;
  readonly tool: string;
  readonly args: JsonObject;
  readonly reason: string;
  /** The client's own id of it. */
  readonly callId: string | undefined;
}

/** The same for the same call alone: session, tool, arguments and the client's id. */
export function hashCall({ session, tool, args, callId = "" }: ProposedCall): string {
  return hashParts(session.id, tool, canonicalText(args), callId);
}
