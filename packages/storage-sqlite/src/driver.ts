import { createRequire } from "node:module";
import type BetterSqlite3 from "better-sqlite3";

type Driver = typeof BetterSqlite3;

/** From here on better-sqlite3 13 runs, which is built on Node-API. */
const nodeApiSince = 22;

/**
 * better-sqlite3 in the version that this Node.js runs best. 12 is the last for Node 20; compiled against the headers of
 * Node 24.19 or a later 24 it aborts the process when a statement is collected
 * (https://github.com/nodejs/node/issues/65446), which 13 does not.
 */
export const Database: Driver = loadDriver(createRequire(import.meta.url), process.versions.node);

function loadDriver(require: (name: string) => unknown, nodeVersion: string): Driver {
  if (Number.parseInt(nodeVersion, 10) < nodeApiSince) return require("better-sqlite3") as Driver;
  try {
    return require("better-sqlite3-13") as Driver;
  } catch (error) {
    // An optional dependency that may have been left out; 12 runs on the other versions of Node as well.
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return require("better-sqlite3") as Driver;
  }
}
