const soak = process.env.SOAK !== undefined && process.env.SOAK !== "";

/** How much each proof does in `pnpm test`, and with `SOAK=1` in `pnpm test:soak`. `apps/docs/reliability.md` names them. */
export const counts = {
  /** Random histories of the simulation, over both of its files. */
  histories: soak ? 100_000 : 240,
  /** Processes killed at full load. */
  kills: soak ? 1_000 : 6,
  /** How long two processes share one file, in seconds. */
  sharedSeconds: soak ? 300 : 10,
  /** Random histories of people and agents on SQLite, over both of their files. */
  escalations: soak ? 100_000 : 50,
  /** The same histories on PostgreSQL, where each begins with a schema of its own. */
  escalationsOnPostgres: soak ? 2_000 : 4,
  /** Processes killed while people take over from each other. */
  escalationKills: soak ? 300 : 3,
  /** Whether reads are also cut off in the middle, and not only writes. */
  allFaults: soak,
} as const;
