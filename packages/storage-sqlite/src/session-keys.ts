import type { Connection } from "./connection.js";

/** Enough for the sessions that are at work at one time; a key that was forgotten is one look-up away. */
const maxRemembered = 16_384;

/** The row keys of sessions by their ids. A key that is remembered may be stale, so whoever writes by it checks the id. */
export interface SessionKeys {
  find(id: string): number | undefined;
  remember(id: string, sid: number): void;
  forget(id: string): void;
}

export function prepareSessionKeys({ db }: Pick<Connection, "db">): SessionKeys {
  const select = db.prepare<[string], number>("SELECT sid FROM sessions WHERE id = ?").pluck();
  const known = new Map<string, number>();

  function remember(id: string, sid: number): void {
    if (known.size >= maxRemembered && !known.has(id)) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    known.set(id, sid);
  }

  return {
    find(id) {
      const remembered = known.get(id);
      if (remembered !== undefined) return remembered;
      const sid = select.get(id);
      if (sid !== undefined) remember(id, sid);
      return sid;
    },
    remember,
    forget: (id) => void known.delete(id),
  };
}
