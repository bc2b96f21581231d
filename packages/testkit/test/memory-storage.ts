import {
  type Change,
  type CodecContext,
  type CommitResult,
  type DocumentChange,
  type Effect,
  effectStatus,
  isOpen,
  type LoadRequest,
  OrchestratorError,
  type Page,
  type PageQuery,
  type SessionChange,
  type SessionRecord,
  type SessionSnapshot,
  type Storage,
  type StorageCodec,
  type StorageStats,
  type StoredEvent,
  sessionStatuses,
  type TokenRecord,
  type UiAction,
} from "@hybrid-orchestrator/core";

interface Entry {
  record: Omit<SessionRecord, "recipient" | "metadata" | "summary">;
  documents: string;
  tokens: TokenRecord[];
  checkpoint: { seq: number; rulesHash: string; state: string } | null;
  effects: Map<string, { position: number; dueAt: number | null; text: string }>;
  uiActions: Map<string, string>;
  idempotency: Map<string, { outcome: string; expiresAt: number }>;
}

interface LogEntry {
  readonly position: number;
  readonly sessionId: string;
  readonly kind: "activity" | "firing" | "event";
  readonly text: string;
}

/** What the handles on one database share. */
export interface MemoryDatabase {
  readonly sessions: Map<string, Entry>;
  log: LogEntry[];
  readonly documents: Map<string, { version: number; expiresAt: number | null; text: string }>;
  readonly nodes: Map<string, { rulesHash: string; expiresAt: number }>;
  position: number;
}

export function memoryDatabase(): MemoryDatabase {
  return { sessions: new Map(), log: [], documents: new Map(), nodes: new Map(), position: 0 };
}

/** The contract of a storage, said as plainly as possible: no index, no speed, nothing kept but in memory. */
export function memoryStorage(database: MemoryDatabase, codec?: StorageCodec): Storage {
  const { sessions, documents, nodes } = database;
  let isOpened = false;

  const seal = (kind: CodecContext["kind"], sessionId: string | null, value: unknown): string => {
    const text = JSON.stringify(value);
    return codec === undefined ? text : codec.encode(text, { sessionId, kind });
  };
  const unseal = <T>(kind: CodecContext["kind"], sessionId: string | null, text: string): T =>
    JSON.parse(codec === undefined ? text : codec.decode(text, { sessionId, kind })) as T;

  function use(): void {
    if (!isOpened) throw new OrchestratorError("storage_closed", "The storage is not open.");
  }

  function recordOf({ record, documents: text }: Entry): SessionRecord {
    return structuredClone({ ...record, ...unseal<object>("session", record.id, text) }) as SessionRecord;
  }

  function logOf<T>(
    kind: LogEntry["kind"],
    sessionId?: string,
  ): { position: number; item: T; sessionId: string }[] {
    return database.log
      .filter((entry) => entry.kind === kind && (sessionId === undefined || entry.sessionId === sessionId))
      .map((entry) => ({ ...entry, item: unseal<T>(kind, entry.sessionId, entry.text) }));
  }

  function effectsOf(entry: Entry): { position: number; effect: Effect }[] {
    return [...entry.effects.values()].map(({ position, text }) => ({
      position,
      effect: unseal<Effect>("effect", entry.record.id, text),
    }));
  }

  function allEffects(): { position: number; effect: Effect }[] {
    return [...sessions.values()].flatMap(effectsOf).sort((a, b) => a.position - b.position);
  }

  function applySession(change: SessionChange): CommitResult {
    const { id, expectedVersion, session } = change;
    const existing = sessions.get(id);
    if ((existing?.record.version ?? 0) !== expectedVersion) return { ok: false, reason: "conflict" };
    if (change.idempotency?.some(({ key }) => existing?.idempotency.has(key)))
      return { ok: false, reason: "conflict" };
    const holder = [...sessions.values()].find(
      ({ record }) => typeof session.externalId === "string" && record.externalId === session.externalId,
    );
    if (holder !== undefined && holder !== existing) {
      return { ok: false, reason: "external_id_taken", sessionId: holder.record.id };
    }
    const before = existing === undefined ? {} : recordOf(existing);
    const { recipient, metadata, summary, ...hot } = {
      ...before,
      ...session,
      id,
      version: expectedVersion + 1,
    } as SessionRecord;
    // Everything that can fail comes before the first thing that is kept.
    const entry: Entry = {
      record: structuredClone(hot),
      documents: seal("session", id, { recipient, metadata, summary }),
      tokens: [...(existing?.tokens ?? []), ...(change.tokens ?? [])],
      checkpoint: change.checkpoint
        ? { ...change.checkpoint, state: seal("checkpoint", id, change.checkpoint.state) }
        : (existing?.checkpoint ?? null),
      effects: new Map(existing?.effects),
      uiActions: new Map(existing?.uiActions),
      idempotency: new Map(existing?.idempotency),
    };
    let { position } = database;
    const added: LogEntry[] = [];
    const append = (kind: LogEntry["kind"], value: unknown) => {
      position += 1;
      added.push({ position, sessionId: id, kind, text: seal(kind, id, value) });
    };
    const isCreation = ({ type }: { type: string }) => type === "session.created";
    for (const event of change.events?.filter(isCreation) ?? []) append("event", event);
    for (const activity of change.activities ?? []) append("activity", activity);
    for (const firing of change.firings ?? []) append("firing", firing);
    for (const event of change.events ?? []) if (!isCreation(event)) append("event", event);
    for (const effect of change.effects ?? []) {
      position += 1;
      entry.effects.set(effect.id, {
        position: entry.effects.get(effect.id)?.position ?? position,
        dueAt: effect.dueAt,
        text: seal("effect", id, effect),
      });
    }
    for (const action of change.uiActions ?? [])
      entry.uiActions.set(action.id, seal("ui_action", id, action));
    for (const { key, outcome, expiresAt } of change.idempotency ?? []) {
      entry.idempotency.set(key, { outcome: seal("idempotency", id, outcome), expiresAt });
    }
    sessions.set(id, entry);
    database.log.push(...added);
    database.position = position;
    return { ok: true };
  }

  function applyDocument({ aggregate, id, expectedVersion, body, expiresAt }: DocumentChange): CommitResult {
    const key = `${aggregate}/${id}`;
    const existing = documents.get(key);
    if ((existing?.version ?? 0) !== expectedVersion) return { ok: false, reason: "conflict" };
    if (body === null) documents.delete(key);
    else {
      documents.set(key, {
        version: expectedVersion + 1,
        expiresAt: expiresAt === undefined ? (existing?.expiresAt ?? null) : expiresAt,
        text: seal("document", null, body),
      });
    }
    return { ok: true };
  }

  function apply(change: Change): CommitResult {
    try {
      return change.aggregate === "session" ? applySession(change) : applyDocument(change);
    } catch (error) {
      return { ok: false, reason: "error", error: error as Error };
    }
  }

  function load({
    sessionId,
    rulesHash,
    recent,
    effectIds = [],
    idempotencyKeys = [],
  }: LoadRequest): SessionSnapshot | null {
    const entry = sessions.get(sessionId);
    if (entry === undefined) return null;
    const stored = entry.checkpoint?.rulesHash === rulesHash ? entry.checkpoint : null;
    const activities = logOf<SessionSnapshot["activities"][number]>("activity", sessionId).map(
      ({ item }) => item,
    );
    const uiActions = [...entry.uiActions.values()].map((text) =>
      unseal<UiAction>("ui_action", sessionId, text),
    );
    return {
      session: recordOf(entry),
      tokens: entry.tokens,
      checkpoint: stored && { ...stored, state: unseal("checkpoint", sessionId, stored.state) },
      activities: activities.filter(({ seq }) => seq > (stored?.seq ?? 0)),
      firings: stored
        ? []
        : logOf<SessionSnapshot["firings"][number]>("firing", sessionId).map(({ item }) => item),
      recent: recent > 0 ? activities.slice(-recent) : [],
      effects: effectsOf(entry)
        .map(({ effect }) => effect)
        .filter(({ id, dueAt }) => dueAt !== null || effectIds.includes(id)),
      uiActions: uiActions
        .filter(({ status }) => status !== "acknowledged")
        .sort((a, b) => a.ordinal - b.ordinal),
      idempotency: idempotencyKeys.flatMap((key) => {
        const found = entry.idempotency.get(key);
        return found ? [{ key, ...found, outcome: unseal("idempotency", sessionId, found.outcome) }] : [];
      }),
    };
  }

  async function listSessions(query: Parameters<Storage["listSessions"]>[0]): Promise<Page<SessionRecord>> {
    use();
    const { sortBy = "createdAt", status, workflow } = query;
    const rows = [...sessions.values()]
      .map((entry, index) => ({ item: recordOf(entry), index }))
      .filter(({ item }) => status === undefined || status.includes(item.status))
      .filter(({ item }) => workflow === undefined || item.workflow === workflow)
      .map(({ item, index }) => ({ item, keys: [item[sortBy], index] }));
    return pageOf(rows, query, `sessions:${sortBy}`);
  }

  function eventOf({ kind, sessionId, text, position }: LogEntry): StoredEvent {
    const place = { sessionId, cursor: String(position) };
    switch (kind) {
      case "activity": {
        const data = unseal<SessionSnapshot["activities"][number]>("activity", sessionId, text);
        return { type: "activity.recorded", at: data.createdAt, data, ...place };
      }
      case "firing": {
        const data = unseal<SessionSnapshot["firings"][number]>("firing", sessionId, text);
        return { type: "trigger.fired", at: data.decidedAt, data, ...place };
      }
      case "event":
        return { ...unseal<StoredEvent>("event", sessionId, text), ...place };
    }
  }

  function purgeSession(id: string): void {
    sessions.delete(id);
    database.log = database.log.filter(({ sessionId }) => sessionId !== id);
  }

  function purgeKeys(now: number): number {
    let count = 0;
    const expire = <K, V extends { expiresAt: number | null }>(map: Map<K, V>) => {
      for (const [key, { expiresAt }] of map) {
        if (expiresAt !== null && expiresAt <= now && map.delete(key)) count += 1;
      }
    };
    for (const entry of sessions.values()) {
      expire(entry.idempotency);
      const alive = entry.tokens.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
      count += entry.tokens.length - alive.length;
      entry.tokens = alive;
    }
    expire(documents);
    return count;
  }

  return {
    name: "memory",
    async open() {
      isOpened = true;
    },
    async close() {
      isOpened = false;
    },
    async commit(changes) {
      use();
      return changes.map(apply);
    },
    async decideLocked(request, decide) {
      use();
      const change = decide(load(request));
      return change === null ? null : apply(change);
    },
    async load(requests) {
      use();
      return requests.map(load);
    },
    async findSession(by) {
      use();
      const found = [...sessions.values()].find(({ record, tokens }) =>
        "externalId" in by
          ? record.externalId === by.externalId
          : tokens.some(
              ({ hash, expiresAt }) => hash === by.tokenHash && (expiresAt === null || expiresAt > by.now),
            ),
      );
      return found?.record.id ?? null;
    },
    async findDelivery(by) {
      use();
      const found = allEffects().find(({ effect }) => {
        if (effect.kind !== "delivery") return false;
        if ("deliveryId" in by) return effect.id === by.deliveryId;
        return effect.delivery.attempts.some(
          ({ channel, externalId }) => channel === by.channel && externalId === by.externalId,
        );
      });
      return found ? { sessionId: found.effect.sessionId, deliveryId: found.effect.id } : null;
    },
    async getSession(id) {
      use();
      const entry = sessions.get(id);
      return entry ? recordOf(entry) : null;
    },
    listSessions,
    async listActivities(query) {
      use();
      const { sessionId, types, actors, afterSeq = 0 } = query;
      const rows = logOf<SessionSnapshot["activities"][number]>("activity", sessionId)
        .map(({ item }) => ({ item, keys: [item.seq] }))
        .filter(({ item }) => types === undefined || types.includes(item.type))
        .filter(({ item }) => actors === undefined || actors.includes(item.actor))
        .filter(({ item }) => item.seq > afterSeq);
      return pageOf(rows, query, "activities");
    },
    async listFirings(query) {
      use();
      const rows = logOf<SessionSnapshot["firings"][number]>("firing", query.sessionId)
        .filter(({ item }) => query.trigger === undefined || item.trigger === query.trigger)
        .map(({ item, position }) => ({ item, keys: [position] }));
      return pageOf(rows, query, "firings");
    },
    async listEffects(query) {
      use();
      const { sessionId, kind, status, lane } = query;
      const rows = allEffects()
        .filter(({ effect }) => sessionId === undefined || effect.sessionId === sessionId)
        .filter(({ effect }) => kind === undefined || effect.kind === kind)
        .filter(({ effect }) => status === undefined || status.includes(effectStatus(effect)))
        .filter(({ effect }) => lane === undefined || effect.lane === lane)
        .map(({ effect, position }) => ({ item: effect, keys: [position] }));
      return pageOf(rows, query, "effects");
    },
    async getUiAction(sessionId, id) {
      use();
      const text = sessions.get(sessionId)?.uiActions.get(id);
      return text === undefined ? null : unseal<UiAction>("ui_action", sessionId, text);
    },
    async getDocument(aggregate, id) {
      use();
      const found = documents.get(`${aggregate}/${id}`);
      if (found === undefined) return null;
      const { version, expiresAt, text } = found;
      return { aggregate, id, version, expiresAt, body: unseal("document", null, text) };
    },
    async readEvents({ after, sessionId, limit }) {
      use();
      checkLimit(limit);
      if (typeof after === "string" && !/^\d{1,15}$/.test(after)) throw badCursor();
      const events = database.log
        .filter(({ position }) => position > Number(after ?? 0))
        .filter((entry) => sessionId === undefined || entry.sessionId === sessionId)
        .slice(0, limit)
        .map(eventOf);
      return { events, cursor: events.at(-1)?.cursor ?? after ?? "0" };
    },
    async lastEventCursor() {
      use();
      return String(database.position);
    },
    async claimSessions({ now, limit, exceptRules }) {
      use();
      return [...sessions.values()]
        .map(({ record }) => record)
        .filter(({ dueAt, rulesHash }) => dueAt !== null && dueAt <= now && !exceptRules.includes(rulesHash))
        .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
        .slice(0, limit)
        .map(({ id }) => id);
    },
    async findSessionsOfOtherRules({ rulesHash, exceptRules, limit }) {
      use();
      return [...sessions.values()]
        .map(({ record }) => record)
        .filter(({ status }) => isOpen(status) || status === "abandoned")
        .filter((record) => record.rulesHash !== rulesHash && !exceptRules.includes(record.rulesHash))
        .slice(0, limit)
        .map(({ id }) => id);
    },
    async claimEffects({ now, lanes, otherLanes }) {
      use();
      const due = allEffects()
        .map(({ effect }) => effect)
        .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
        .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
      const named = Object.entries(lanes).flatMap(([lane, count]) =>
        due.filter((effect) => effect.lane === lane).slice(0, count),
      );
      const others = due.filter(({ lane }) => !Object.hasOwn(lanes, lane)).slice(0, otherLanes);
      return [...named, ...others].map(({ id, sessionId, kind, lane }) => ({ id, sessionId, kind, lane }));
    },
    async nextWakeAt() {
      use();
      const earliest = (times: readonly (number | null)[]) =>
        times.reduce((first, at) => (first === null || (at !== null && at < first) ? at : first), null);
      return {
        sessions: earliest([...sessions.values()].map(({ record }) => record.dueAt)),
        effects: earliest(allEffects().map(({ effect }) => effect.dueAt)),
      };
    },
    async heartbeat({ node, rulesHash, now, ttlMs }) {
      use();
      nodes.set(node, { rulesHash, expiresAt: now + ttlMs });
      const living = [...nodes.values()].filter(({ expiresAt }) => expiresAt > now);
      return [...new Set(living.map((other) => other.rulesHash))].filter((rules) => rules !== rulesHash);
    },
    async purge({ now, closedBefore, workflow, limit }) {
      use();
      const ids = [...sessions.values()]
        .map(({ record }) => record)
        .filter((record) => !isOpen(record.status) && record.updatedAt < closedBefore)
        .filter((record) => workflow === undefined || record.workflow === workflow)
        .slice(0, limit)
        .map(({ id }) => id);
      for (const id of ids) purgeSession(id);
      return { sessions: ids.length, keys: purgeKeys(now) };
    },
    async stats() {
      use();
      const records = [...sessions.values()].map(({ record }) => record);
      const counts = sessionStatuses.map((status) => [
        status,
        records.filter((one) => one.status === status).length,
      ]);
      return {
        sessions: Object.fromEntries(counts) as StorageStats["sessions"],
        activities: logOf("activity").length,
        firings: logOf("firing").length,
        openEffects: allEffects().filter(({ effect }) => effect.dueAt !== null).length,
        sizeBytes: JSON.stringify(database.log).length,
      };
    },
    async health() {
      return { healthy: isOpened };
    },
  };
}

interface Row<Item> {
  readonly item: Item;
  readonly keys: readonly number[];
}

function pageOf<Item>(rows: readonly Row<Item>[], query: PageQuery, name: string): Page<Item> {
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

function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((key, index) => key !== b[index]);
  return differing === -1 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}

function keysIn(cursor: string, listing: string): number[] {
  if (!cursor.startsWith(`["${listing}",`)) throw badCursor();
  return (JSON.parse(cursor) as [string, ...number[]]).slice(1) as number[];
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return;
  throw new OrchestratorError("invalid_argument", `The limit is ${limit}; it must be from 1 to 500.`);
}

function badCursor(): OrchestratorError {
  return new OrchestratorError("invalid_cursor", "The cursor was not made by this storage.");
}
