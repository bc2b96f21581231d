import { OrchestratorError } from "@hybrid-orchestrator/core";

export function sessionNotFound(id: string): OrchestratorError {
  return new OrchestratorError("session_not_found", `No session has the id ${id}.`);
}

export function escalationNotFound(id: string): OrchestratorError {
  return new OrchestratorError("not_found", `No escalation has the id ${id}.`);
}
