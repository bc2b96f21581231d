import { OrchestratorError } from "@hybrid-orchestrator/core";

/** What the process ends with, by meaning. */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  notFound: 3,
  differs: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `
Exit codes:
  0    done
  1    failed while working, e.g. the database cannot be reached
  2    bad input: an unknown command or option, or mistakes in the configuration
  3    there is no such session, delivery or file
  4    not as hoped: a replay differs, or a message could not be delivered
  130  stopped by a second signal, before everything was finished`;

export function exitCodeOf(error: unknown): ExitCode {
  if (!OrchestratorError.isInstance(error)) return exitCodes.failed;
  switch (error.code) {
    case "session_not_found":
    case "not_found":
      return exitCodes.notFound;
    case "invalid_argument":
    case "invalid_configuration":
    case "invalid_trigger":
    case "invalid_json":
    case "invalid_cursor":
    case "unknown_name":
      return exitCodes.badInput;
    default:
      return exitCodes.failed;
  }
}
