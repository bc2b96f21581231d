import { type ErrorCode, OrchestratorError } from "@hybrid-orchestrator/core";
import { Database } from "./driver.js";

interface Explanation {
  readonly code: ErrorCode;
  /** Goes on after `The database PATH`. */
  readonly text: string;
  readonly retryable?: boolean;
}

// By SQLite's primary result code; extended codes begin with it (https://sqlite.org/rescode.html).
const explanations: readonly (readonly [string, Explanation])[] = [
  [
    "SQLITE_BUSY",
    { code: "storage_busy", text: "is locked by another process. Try again, or raise busyTimeoutMs." },
  ],
  ["SQLITE_LOCKED", { code: "storage_busy", text: "is locked within this process. Try again." }],
  [
    "SQLITE_FULL",
    {
      code: "storage_full",
      text: "cannot grow: the disk is full or maxBytes is reached. Make room and try again.",
    },
  ],
  [
    "SQLITE_CORRUPT",
    {
      code: "storage_corrupt",
      text: "is damaged. Restore it from a backup, or recover it with sqlite3 .recover.",
    },
  ],
  ["SQLITE_NOTADB", { code: "storage_corrupt", text: "is not a SQLite database. Check the path." }],
  [
    "SQLITE_READONLY",
    {
      code: "storage_read_only",
      text: "cannot be written. Open it without readOnly, and check the permissions of the file and its directory.",
    },
  ],
  [
    "SQLITE_CANTOPEN",
    {
      code: "storage_failed",
      text: "cannot be opened. Check that the file and its directory exist and may be read and written.",
      retryable: false,
    },
  ],
  [
    "SQLITE_CONSTRAINT",
    { code: "storage_failed", text: "refused a value that breaks its rules.", retryable: false },
  ],
];

/**
 * An error of SQLite in the contract's words; any other is nothing of the database's and stays what it is. The message
 * names the file, never what was to be stored.
 */
export function translateError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const known = explanations.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  if (known === undefined) {
    return new OrchestratorError(
      "storage_failed",
      `The database ${path} failed (${error.code}). Try again.`,
      {
        cause: error,
      },
    );
  }
  return new OrchestratorError(known.code, `The database ${path} ${known.text}`, {
    cause: error,
    ...(known.retryable === undefined ? {} : { retryable: known.retryable }),
  });
}

export function closedError(path: string): OrchestratorError {
  return new OrchestratorError("storage_closed", `The database ${path} is not open. Call open() first.`);
}

export function readOnlyError(path: string): OrchestratorError {
  return new OrchestratorError(
    "storage_read_only",
    `The database ${path} was opened with readOnly and takes no writes.`,
  );
}
