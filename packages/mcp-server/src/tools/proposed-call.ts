import { canonicalText, hashParts, type JsonObject, type Session } from "@hybrid-orchestrator/core";

/** What an AI wants to do, and has not done. */
export interface ProposedCall {
  readonly session: Session;
  readonly tool: string;
  readonly args: JsonObject;
  readonly reason: string;
}

/** The same for the same tool with the same arguments in the same session. */
export function hashCall({ session, tool, args }: ProposedCall): string {
  return hashParts(session.id, tool, canonicalText(args));
}
