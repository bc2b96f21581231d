import type { Page } from "@hybrid-orchestrator/core";
import { type CursorKey, writeCursor } from "./cursors.js";

/** Cuts what was read, one row more than the page holds, into the page and the cursor that goes on after it. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  {
    listing,
    keysOf,
    toItem,
  }: {
    readonly listing: string;
    readonly keysOf: (row: Row) => readonly CursorKey[];
    readonly toItem: (row: Row) => Item;
  },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(listing, keysOf(last)) : null,
  };
}
