import { errorMessage, type PurgeRequest, type PurgeResult, type Storage } from "@hybrid-orchestrator/core";
import { prepareClaims, prepareHeartbeat } from "./claims.js";
import { prepareCommit } from "./commit.js";
import { parseConfig, type Settings, type SqliteStorageConfig } from "./config.js";
import { type Connection, connect, type StatementObserver } from "./connection.js";
import { prepareDocumentListing } from "./document-listing.js";
import { prepareEffectListing } from "./effect-listing.js";
import { closedError, translateError } from "./errors.js";
import { prepareEscalationListing } from "./escalation-listing.js";
import { prepareEvents } from "./events.js";
import { createGroupCommit } from "./group-commit.js";
import { prepareLoad } from "./load.js";
import { prepareLogListings } from "./log-listings.js";
import { prepareLookups } from "./lookups.js";
import { preparePurge } from "./purge.js";
import { prepareSessionKeys } from "./session-keys.js";
import { prepareSessionListing } from "./session-listing.js";
import { prepareStats } from "./stats.js";

export interface SqliteStorage extends Storage {
  /** Copies the database to another file while it is in use. The copy is of one moment, and replaces what was there. */
  backup(toPath: string): Promise<void>;
}

/**
 * Keeps everything in one SQLite file. Several processes may open it at once.
 *
 * @throws OrchestratorError `invalid_configuration`.
 */
export function sqliteStorage(config: SqliteStorageConfig): SqliteStorage {
  return createStorage(parseConfig(config));
}

/** Everything that is prepared on an open database. */
function prepare(connection: Connection) {
  const keys = prepareSessionKeys(connection);
  const apply = prepareCommit(connection, keys);
  return {
    connection,
    apply,
    group: createGroupCommit(connection, apply),
    load: prepareLoad(connection, keys),
    ...prepareLookups(connection),
    listSessions: prepareSessionListing(connection),
    ...prepareLogListings(connection),
    listEffects: prepareEffectListing(connection),
    listEscalations: prepareEscalationListing(connection),
    listDocuments: prepareDocumentListing(connection),
    ...prepareEvents(connection),
    ...prepareClaims(connection, keys),
    heartbeat: prepareHeartbeat(connection),
    purge: preparePurge(connection),
    stats: prepareStats(connection),
  };
}
type Database = ReturnType<typeof prepare>;

/** What {@link sqliteStorage} makes of a valid configuration. */
export function createStorage(settings: Settings, observe?: StatementObserver): SqliteStorage {
  const { path } = settings;
  let opening: Promise<void> | null = null;
  let opened: Database | null = null;

  function use(): Database {
    if (opened === null) throw closedError(path);
    return opened;
  }

  async function open(): Promise<void> {
    try {
      opened = prepare(await connect(settings, observe));
    } catch (error) {
      opening = null;
      throw translateError(error, path);
    }
  }

  async function close(): Promise<void> {
    // How an open that is still under way ends is for its caller to hear.
    await Promise.allSettled([opening]);
    const closing = opened;
    // From here on every call is refused; what was asked for before is still written.
    opening = null;
    opened = null;
    await closing?.group.drained();
    closing?.connection.close();
  }

  // One statement needs no transaction to be consistent; several do.
  async function read<T>(query: (database: Database) => T): Promise<T> {
    const database = use();
    return database.connection.read(() => query(database));
  }
  async function readTogether<T>(query: (database: Database) => T): Promise<T> {
    const database = use();
    return database.connection.snapshot(() => query(database));
  }
  async function write<T>(work: (database: Database) => T): Promise<T> {
    const database = use();
    return database.connection.write(() => work(database));
  }

  async function purge(request: PurgeRequest): Promise<PurgeResult> {
    const result = await write((database) => database.purge(request));
    // The log still holds the pages as they were before.
    if (settings.secureDelete) opened?.connection.db.pragma("wal_checkpoint(TRUNCATE)");
    return result;
  }

  async function health(): ReturnType<Storage["health"]> {
    try {
      await read((database) => database.lastEventCursor());
      return { healthy: true };
    } catch (error) {
      return { healthy: false, detail: errorMessage(error) };
    }
  }

  async function backup(toPath: string): Promise<void> {
    try {
      await use().connection.db.backup(toPath);
    } catch (error) {
      throw translateError(error, toPath);
    }
  }

  return {
    name: "sqlite",
    open: () => (opening ??= open()),
    close,
    commit: async (changes) => use().group.commit(changes),
    decideLocked: (request, decide) =>
      write((database) => {
        const change = decide(database.load(request));
        return change === null ? null : (database.apply([change])[0] ?? null);
      }),
    load: (requests) => readTogether((database) => requests.map(database.load)),
    findSession: (by) => read((database) => database.findSession(by)),
    findDelivery: (by) => read((database) => database.findDelivery(by)),
    getSession: (id) => read((database) => database.getSession(id)),
    listSessions: (query) => readTogether((database) => database.listSessions(query)),
    listActivities: (query) => readTogether((database) => database.listActivities(query)),
    listFirings: (query) => readTogether((database) => database.listFirings(query)),
    listEffects: (query) => readTogether((database) => database.listEffects(query)),
    listEscalations: (query) => readTogether((database) => database.listEscalations(query)),
    getEscalation: (id) => read((database) => database.getEscalation(id)),
    getUiAction: (sessionId, id) => read((database) => database.getUiAction(sessionId, id)),
    getDocument: (aggregate, id) => read((database) => database.getDocument(aggregate, id)),
    listDocuments: (query) => read((database) => database.listDocuments(query)),
    readEvents: (query) => readTogether((database) => database.readEvents(query)),
    lastEventCursor: () => read((database) => database.lastEventCursor()),
    claimSessions: (request) => read((database) => database.claimSessions(request)),
    findSessionsOfOtherRules: (query) => readTogether((database) => database.findSessionsOfOtherRules(query)),
    claimEffects: (request) => readTogether((database) => database.claimEffects(request)),
    nextWakeAt: () => readTogether((database) => database.nextWakeAt()),
    heartbeat: (node) => write((database) => database.heartbeat(node)),
    purge,
    stats: () => readTogether((database) => database.stats()),
    health,
    backup,
  };
}
