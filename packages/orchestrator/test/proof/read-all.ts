import type {
  Activity,
  Effect,
  Firing,
  Page,
  SessionRecord,
  Storage,
  StoredEvent,
} from "@hybrid-orchestrator/core";

/** All that is stored of one session. */
export interface StoredSession {
  readonly session: SessionRecord;
  readonly log: readonly Activity[];
  readonly firings: readonly Firing[];
  readonly effects: readonly Effect[];
  readonly events: readonly StoredEvent[];
}

const limit = 500;

export async function readEverything(storage: Storage): Promise<{
  readonly sessions: readonly StoredSession[];
  readonly events: readonly StoredEvent[];
}> {
  const records = await allPages((cursor) => storage.listSessions({ limit, cursor, order: "asc" }));
  const firings = groupBySession(
    await allPages((cursor) => storage.listFirings({ limit, cursor, order: "asc" })),
  );
  const effects = groupBySession(
    await allPages((cursor) => storage.listEffects({ limit, cursor, order: "asc" })),
  );
  const events = await allEvents(storage);
  const eventsOf = groupBySession(events);
  const sessions: StoredSession[] = [];
  for (const { id } of records) {
    // The listing leaves out what only the shell needs.
    const session = await storage.getSession(id);
    if (session === null) throw new Error(`Session ${id} is listed and cannot be read.`);
    const log = await allPages((cursor) =>
      storage.listActivities({ sessionId: id, limit, cursor, order: "asc" }),
    );
    sessions.push({
      session,
      log,
      firings: firings.get(id) ?? [],
      effects: effects.get(id) ?? [],
      events: eventsOf.get(id) ?? [],
    });
  }
  return { sessions, events };
}

export async function allPages<Item>(read: (cursor: string | null) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

async function allEvents(storage: Storage): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let after: string | null = null; ; ) {
    const page = await storage.readEvents({ after, limit });
    if (page.events.length === 0) return events;
    events.push(...page.events);
    after = page.cursor;
  }
}

const groupBySession = <Item extends { readonly sessionId: string }>(items: readonly Item[]) =>
  groupBy(items, ({ sessionId }) => sessionId);

export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
