/**
 * Every error code and what it means. `retryable` says whether the same call may succeed later, unchanged.
 * `apps/docs/errors.md` tells what to do about each; a test holds the two together.
 */
export const errorCodes = {
  invalid_argument: { retryable: false, meaning: "An argument has the wrong shape or value." },
  invalid_json: { retryable: false, meaning: "A value is not JSON." },
  data_too_large: { retryable: false, meaning: "A value is larger than its limit." },
  invalid_configuration: { retryable: false, meaning: "An option of a factory is missing or wrong." },
  invalid_trigger: { retryable: false, meaning: "A trigger definition has mistakes." },
  duplicate_name: { retryable: false, meaning: "A plugin, channel, agent or trigger of that name exists." },
  unknown_name: { retryable: false, meaning: "No plugin, channel, agent, action or trigger has that name." },
  plugin_incompatible: { retryable: false, meaning: "A plugin does not fit this version of the contract." },
  plugin_failed: { retryable: false, meaning: "A plugin failed while starting." },
  not_running: { retryable: false, meaning: "The orchestrator has been stopped." },
  session_not_found: { retryable: false, meaning: "No session has that id, token or external id." },
  session_closed: { retryable: false, meaning: "The session has ended and takes no more input." },
  session_expired: { retryable: false, meaning: "The session's time to live is over." },
  session_exists: { retryable: false, meaning: "A session has that external id." },
  invalid_transition: { retryable: false, meaning: "The session's status does not allow that change." },
  revision_conflict: { retryable: false, meaning: "The session was changed since it was read." },
  activity_in_future: { retryable: false, meaning: "An activity says it happened later than now." },
  not_found: { retryable: false, meaning: "No delivery, UI action or other record has that id." },
  invalid_delivery_state: { retryable: false, meaning: "The delivery is not in a state that allows that." },
  escalation_ended: { retryable: false, meaning: "The escalation has ended." },
  escalation_taken: { retryable: false, meaning: "Another worker holds the escalation." },
  escalation_limit: { retryable: true, meaning: "The session has had too many escalations within the hour." },
  not_holder: { retryable: false, meaning: "The worker does not hold the escalation." },
  not_eligible: { retryable: false, meaning: "The worker may not take the escalation." },
  no_capacity: { retryable: true, meaning: "The worker has no capacity left." },
  stale_epoch: { retryable: false, meaning: "The escalation or its session changed hands meanwhile." },
  invalid_token: { retryable: false, meaning: "A link or button is forged, was used, or has expired." },
  approval_mismatch: { retryable: false, meaning: "A decision does not fit what was proposed." },
  invalid_cursor: { retryable: false, meaning: "A paging or event cursor was not made by this storage." },
  storage_busy: { retryable: true, meaning: "The database is locked by another process." },
  storage_full: { retryable: true, meaning: "The database cannot grow." },
  storage_corrupt: { retryable: false, meaning: "The database file is damaged or not a database." },
  storage_read_only: { retryable: false, meaning: "The database cannot be written." },
  storage_newer: { retryable: false, meaning: "The database was made by a newer version." },
  storage_closed: { retryable: false, meaning: "The storage is not open." },
  storage_failed: { retryable: true, meaning: "The storage failed for another reason." },
  conflict: { retryable: true, meaning: "Others kept changing the same session." },
  url_refused: { retryable: false, meaning: "A URL is not one that may be requested." },
  address_refused: { retryable: false, meaning: "A host name leads to an address that may not be reached." },
  network_failed: { retryable: true, meaning: "A request failed on its way." },
  timeout: { retryable: true, meaning: "Something took longer than its limit." },
  method_not_allowed: { retryable: false, meaning: "The address exists, but not for that HTTP method." },
  unavailable: { retryable: true, meaning: "The server cannot take that now." },
  listen_failed: { retryable: true, meaning: "The server cannot listen on its address." },
  agent_failed: {
    retryable: true,
    meaning: "An agent's model did not answer, or not in a way that can be used.",
  },
  internal: { retryable: false, meaning: "A defect of this software." },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

const marker = Symbol.for("hybrid-orchestrator.error");

/** One mistake in a larger input: where it stands and what is wrong. */
export interface Issue {
  /** Keys and indexes from the input's root, e.g. `["triggers", 2, "condition", "seconds"]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface OrchestratorErrorOptions {
  readonly cause?: unknown;
  /** Overrides the code's default. */
  readonly retryable?: boolean;
  readonly issues?: readonly Issue[];
}

/**
 * The one error class of the library. The message says what failed, which value, and what to do; it never holds a
 * secret. Compare `code`; use {@link OrchestratorError.isInstance} where two copies of the package may be installed.
 */
export class OrchestratorError extends Error {
  override readonly name = "OrchestratorError";
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, message: string, options: OrchestratorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.issues = options.issues ?? [];
  }

  static isInstance(value: unknown, code?: ErrorCode): value is OrchestratorError {
    if (typeof value !== "object" || value === null || !(marker in value)) return false;
    return code === undefined || (value as OrchestratorError).code === code;
  }
}

/** The text of anything thrown, cut to 500 characters. */
export function errorMessage(thrown: unknown): string {
  const text =
    thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : "an unknown error";
  return text.length > 500 ? `${text.slice(0, 497)}...` : text;
}
