import { errorMessage, type Storage } from "@hybrid-orchestrator/core";
import { claimEffects, claimSessions, findSessionsOfOtherRules, heartbeat, nextWakeAt } from "./claims.js";
import { databaseName, type Queryable, type StatementObserver } from "./client.js";
import { applyChanges } from "./commit.js";
import { type PostgresStorageConfig, parseConfig, type Settings } from "./config.js";
import { type Connection, connect } from "./connection.js";
import { closedError } from "./errors.js";
import { eventReader } from "./events.js";
import { createGroupCommit } from "./group-commit.js";
import { listings } from "./listings.js";
import { loadSnapshots } from "./load.js";
import { findDelivery, findSession, lookups } from "./lookups.js";
import { purge } from "./purge.js";
import { stats } from "./stats.js";
import { lockSession } from "./stored.js";

/**
 * Keeps everything in a schema of a PostgreSQL database. Many nodes may open it at once.
 *
 * @throws OrchestratorError `invalid_configuration`.
 */
export function postgresStorage(config: PostgresStorageConfig): Storage {
  return createStorage(parseConfig(config));
}

/** Everything that works on an open database. */
function prepare(connection: Connection) {
  const { values } = connection;
  const apply = applyChanges(values);
  return {
    connection,
    apply,
    group: createGroupCommit(connection, apply),
    load: loadSnapshots(values),
    ...lookups(values),
    ...listings(values),
    ...eventReader(values),
  };
}
type Database = ReturnType<typeof prepare>;
type Work<T> = (queryable: Queryable, database: Database) => Promise<T>;

/** What {@link postgresStorage} makes of a valid configuration. */
export function createStorage(settings: Settings, observe?: StatementObserver): Storage {
  let opening: Promise<void> | null = null;
  let opened: Database | null = null;
  const underWay = new Set<Promise<unknown>>();

  /** Refuses when closed, and lets `close` wait for what has begun. */
  function run<T>(work: (database: Database) => Promise<T>): Promise<T> {
    if (opened === null) return Promise.reject(closedError(databaseName(settings)));
    const running = work(opened);
    underWay.add(running);
    const forget = () => underWay.delete(running);
    running.then(forget, forget);
    return running;
  }
  const read = <T>(work: Work<T>) =>
    run((database) => database.connection.read((queryable) => work(queryable, database)));
  const readTogether = <T>(work: Work<T>) =>
    run((database) => database.connection.snapshot((queryable) => work(queryable, database)));
  const write = <T>(work: Work<T>) =>
    run((database) => database.connection.write((queryable) => work(queryable, database)));

  async function open(): Promise<void> {
    try {
      opened = prepare(await connect(settings, observe));
    } catch (error) {
      opening = null;
      throw error;
    }
  }

  async function close(): Promise<void> {
    // How an open that is still under way ends is for its caller to hear.
    await Promise.allSettled([opening]);
    const closing = opened;
    // From here on every call is refused; what was asked for before is still done.
    opening = null;
    opened = null;
    await Promise.allSettled(underWay);
    await closing?.connection.close();
  }

  async function health(): ReturnType<Storage["health"]> {
    try {
      await read((queryable, database) => database.lastEventCursor(queryable));
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: errorMessage(error) };
    }
  }

  return {
    name: "postgres",
    open: () => (opening ??= open()),
    close,
    commit: (changes) => run((database) => database.group.commit(changes)),
    decideLocked: (request, decide) =>
      write(async (queryable, database) => {
        await lockSession(queryable, request.sessionId);
        const [snapshot = null] = await database.load(queryable, [request]);
        const change = decide(snapshot);
        if (change === null) return null;
        return (await database.apply(queryable, [change]))[0] ?? null;
      }),
    load: (requests) => readTogether((queryable, database) => database.load(queryable, requests)),
    findSession: (by) => read((queryable) => findSession(queryable, by)),
    findDelivery: (by) => read((queryable) => findDelivery(queryable, by)),
    getSession: (id) => read((queryable, database) => database.getSession(queryable, id)),
    listSessions: (query) => read((queryable, database) => database.listSessions(queryable, query)),
    listActivities: (query) => read((queryable, database) => database.listActivities(queryable, query)),
    listFirings: (query) => read((queryable, database) => database.listFirings(queryable, query)),
    listEffects: (query) => read((queryable, database) => database.listEffects(queryable, query)),
    listEscalations: (query) => read((queryable, database) => database.listEscalations(queryable, query)),
    getEscalation: (id) => read((queryable, database) => database.getEscalation(queryable, id)),
    getUiAction: (sessionId, id) =>
      read((queryable, database) => database.getUiAction(queryable, sessionId, id)),
    getDocument: (aggregate, id) =>
      read((queryable, database) => database.getDocument(queryable, aggregate, id)),
    listDocuments: (query) => read((queryable, database) => database.listDocuments(queryable, query)),
    readEvents: (query) => readTogether((queryable, database) => database.readEvents(queryable, query)),
    lastEventCursor: () => read((queryable, database) => database.lastEventCursor(queryable)),
    claimSessions: (request) => read((queryable) => claimSessions(queryable, request)),
    findSessionsOfOtherRules: (query) => read((queryable) => findSessionsOfOtherRules(queryable, query)),
    claimEffects: (request) => readTogether((queryable) => claimEffects(queryable, request)),
    nextWakeAt: () => read(nextWakeAt),
    heartbeat: (node) => write((queryable) => heartbeat(queryable, node)),
    purge: (request) => write((queryable) => purge(queryable, request)),
    stats: () => readTogether(stats),
    health,
  };
}
