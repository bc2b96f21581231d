import { OrchestratorError } from "@hybrid-orchestrator/core";

const largestPage = 500;

/** A page's limit as it was given. @throws OrchestratorError `invalid_argument` outside 1 to 500. */
export function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestPage) return limit;
  throw new OrchestratorError(
    "invalid_argument",
    `The limit is ${limit}; it must be a whole number from 1 to ${largestPage}.`,
  );
}

/** What a listing is ordered by. */
export type CursorKey = number | string;

/** Where a page ended: the values that its order compares. `listing` says which order that was. */
export function writeCursor(listing: string, keys: readonly CursorKey[]): string {
  return Buffer.from(JSON.stringify([listing, ...keys])).toString("base64url");
}

/** The keys in a cursor that {@link writeCursor} made for the same listing; none where the query starts afresh. */
export function readCursor(
  listing: string,
  cursor: string | null | undefined,
  count: number,
): readonly number[] {
  const keys = keysIn(listing, cursor);
  if (keys === undefined) return [];
  if (keys.length === count && keys.every(isNumber)) return keys;
  throw otherListing();
}

/** The same, of a listing that is ordered by one text. */
export function readTextCursor(listing: string, cursor: string | null | undefined): string | undefined {
  const keys = keysIn(listing, cursor);
  if (keys === undefined) return undefined;
  const [key, ...others] = keys;
  if (typeof key === "string" && others.length === 0) return key;
  throw otherListing();
}

function keysIn(listing: string, cursor: string | null | undefined): readonly unknown[] | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  const [kind, ...keys] = parseArray(Buffer.from(cursor, "base64url").toString());
  if (kind === listing) return keys;
  throw otherListing();
}

function otherListing(): OrchestratorError {
  return invalidCursor("It must be the nextCursor of a page of the same listing, in the same order.");
}

export function writeEventCursor(position: number): string {
  return String(position);
}

export function readEventCursor(cursor: string | null | undefined): number {
  if (cursor === undefined || cursor === null) return 0;
  const position = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(position)) return position;
  throw invalidCursor("It must be the cursor of an event or of a page of events.");
}

export function invalidCursor(hint: string): OrchestratorError {
  return new OrchestratorError("invalid_cursor", `The cursor was not made by this storage. ${hint}`);
}

function parseArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
