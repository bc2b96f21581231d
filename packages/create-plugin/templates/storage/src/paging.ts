import { OrchestratorError, type Page, type PageQuery } from "@hybrid-orchestrator/core";

type Key = number | string;

export interface Row<Item> {
  readonly item: Item;
  /** What it is sorted by; no two rows have the same. */
  readonly keys: readonly Key[];
}

/** One page. A cursor holds the keys of the last row that was read, so what is written meanwhile moves nothing. */
export function pageOf<Item>(rows: readonly Row<Item>[], query: PageQuery, name: string): Page<Item> {
  const { limit, cursor, order = "asc" } = query;
  checkLimit(limit);
  const sign = order === "asc" ? 1 : -1;
  const listing = `${name}:${order}`;
  const after = typeof cursor === "string" ? keysIn(cursor, listing) : null;
  const rest = [...rows]
    .sort((a, b) => sign * compare(a.keys, b.keys))
    .filter(({ keys }) => after === null || sign * compare(keys, after) > 0);
  const last = rest[limit - 1];
  return {
    items: rest.slice(0, limit).map(({ item }) => item),
    nextCursor: rest.length > limit && last !== undefined ? JSON.stringify([listing, ...last.keys]) : null,
  };
}

export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return;
  throw new OrchestratorError("invalid_argument", `The limit is ${limit}; it must be from 1 to 500.`);
}

export function badCursor(): OrchestratorError {
  return new OrchestratorError("invalid_cursor", "The cursor was not made by this storage.");
}

function compare(a: readonly Key[], b: readonly Key[]): number {
  const differing = a.findIndex((key, index) => key !== b[index]);
  if (differing === -1) return 0;
  return (a[differing] ?? 0) < (b[differing] ?? 0) ? -1 : 1;
}

function keysIn(cursor: string, listing: string): Key[] {
  if (!cursor.startsWith(`["${listing}",`)) throw badCursor();
  return (JSON.parse(cursor) as [string, ...Key[]]).slice(1);
}
