import type { Database } from "better-sqlite3";

/** The order of everything that is written, over all sessions and all processes. */
export interface Positions {
  /** Call at the start of each write transaction: what was known before may be another process's by now. */
  restart(): void;
  next(): number;
}

/** The highest position ever given. Purging what had it leaves its mark in `meta`, so that no position comes twice. */
export const highestPosition = `max(
  coalesce((SELECT max(position) FROM activities), 0),
  coalesce((SELECT max(position) FROM firings), 0),
  coalesce((SELECT max(position) FROM events), 0),
  coalesce((SELECT max(position) FROM effects), 0),
  coalesce((SELECT value FROM meta WHERE key = 'purged_position'), 0))`;

export function preparePositions(db: Database): Positions {
  const highest = db.prepare<[], number>(`SELECT ${highestPosition}`).pluck();
  let last: number | null = null;
  return {
    restart() {
      last = null;
    },
    next() {
      last = (last ?? highest.get() ?? 0) + 1;
      return last;
    },
  };
}
