import { type ErrorCode, OrchestratorError } from "@hybrid-orchestrator/core";
import pg from "pg";

/**
 * What an error means for what was under way.
 * `lost`: the connection is gone. `raced`: rolled back for reasons of timing alone. `taken`: a value that must be unique
 * is there already, perhaps since a moment ago. `general`: any other work would have failed too. `particular`: it lies
 * with this work.
 */
type Situation = "lost" | "raced" | "taken" | "general" | "particular";

interface Explanation {
  readonly code: ErrorCode;
  /** Goes on after `The database NAME`. */
  readonly text: string;
  readonly situation: Situation;
  readonly retryable?: boolean;
}

const lost: Explanation = {
  code: "storage_failed",
  text: "cannot be reached, or the connection was lost. Nothing was written. Check that the server runs, and try again.",
  situation: "lost",
};
const heldUp: Explanation = {
  code: "storage_busy",
  text: "was held up by other work for too long. Nothing was written. Try again, or raise lockTimeoutMs or statementTimeoutMs.",
  situation: "particular",
};
const crowded: Explanation = {
  code: "storage_busy",
  text: "has no connection left. Try again; lower maxConnections, or raise the server's max_connections.",
  situation: "general",
};
const refused: Explanation = {
  code: "storage_failed",
  text: "refused us. Check user, password, ssl and what the user may do.",
  situation: "general",
  retryable: false,
};
const ruleBroken: Explanation = {
  code: "storage_failed",
  text: "refused a value that breaks its rules.",
  situation: "particular",
  retryable: false,
};

// By the beginning of the SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); the first counts.
const explanations: readonly (readonly [string, Explanation])[] = [
  ["08", lost],
  ["57P", lost],
  // The two time limits that end the session and not the statement.
  ["25P03", lost],
  ["25P04", lost],
  ["40001", { ...heldUp, situation: "raced" }],
  ["40P01", { ...heldUp, situation: "raced" }],
  ["23505", { ...ruleBroken, situation: "taken" }],
  ["23", ruleBroken],
  ["55P03", heldUp],
  ["57014", heldUp],
  ["53300", crowded],
  [
    "53100",
    {
      code: "storage_full",
      text: "cannot grow: the server's disk is full. Make room and try again.",
      situation: "general",
    },
  ],
  [
    "25006",
    {
      code: "storage_read_only",
      text: "takes no writes: it is a standby, or default_transaction_read_only is on. Connect to the primary.",
      situation: "general",
    },
  ],
  ["28", refused],
  ["42501", refused],
  ["3D000", { ...refused, text: "does not exist. Create it first." }],
  ["42", { ...refused, text: "lacks a table or a column. Was its schema changed or dropped?" }],
  ["22", { ...ruleBroken, text: "cannot hold a value." }],
  [
    "XX00",
    { code: "storage_corrupt", text: "is damaged. Restore it from a backup.", situation: "particular" },
  ],
];

/** An error of PostgreSQL or of its driver. The message names the database, never a password or a stored value. */
export class DatabaseError extends OrchestratorError {
  readonly situation: Situation;

  constructor(explanation: Explanation, database: string, cause: unknown) {
    super(explanation.code, `The database ${database} ${explanation.text}`, {
      cause,
      ...(explanation.retryable === undefined ? {} : { retryable: explanation.retryable }),
    });
    this.situation = explanation.situation;
  }
}

/** What the driver threw, in the contract's words. */
export function translateError(thrown: unknown, database: string): DatabaseError {
  if (!(thrown instanceof pg.DatabaseError))
    return new DatabaseError(explainDriver(thrown), database, thrown);
  const { code = "no code" } = thrown;
  const known = explanations.find(([prefix]) => code.startsWith(prefix))?.[1];
  const unknown = {
    code: "storage_failed",
    text: `failed (${code}). Try again.`,
    situation: "particular",
  } as const;
  return new DatabaseError(known ?? unknown, database, withoutValues(thrown));
}

// The driver's own errors have no codes, and what is none of these is an error of the socket or of the name service.
function explainDriver(thrown: unknown): Explanation {
  const { message = "", code = "" } = thrown as { readonly message?: string; readonly code?: string };
  if (message === "timeout exceeded when trying to connect") return crowded;
  if (/^(SASL|SCRAM|The server does not support SSL)/.test(message) || /CERT|TLS|SSL/.test(code))
    return refused;
  return lost;
}

// PostgreSQL's detail and context quote what was to be stored: `Key (external_id)=(…) already exists.`
function withoutValues({ code, severity, table, constraint, routine }: pg.DatabaseError): Error {
  const error = new Error(`PostgreSQL reported ${code ?? "an error"}.`);
  return Object.assign(error, { code, severity, table, constraint, routine });
}

/** Nobody knows whether a commit was written, so it must not be repeated without a look. */
export function unknownOutcome(database: string, cause: unknown): DatabaseError {
  const explanation = {
    code: "storage_failed",
    text: "was lost during a commit, and did not come back to say whether it was written. Read before you try again.",
    situation: "general",
    retryable: false,
  } as const;
  return new DatabaseError(explanation, database, cause);
}

export function closedError(database: string): OrchestratorError {
  return new OrchestratorError("storage_closed", `The database ${database} is not open. Call open() first.`);
}
