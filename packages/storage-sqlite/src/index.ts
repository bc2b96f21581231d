export { type SqliteStorageConfig, sqliteStorageSchema } from "./config.js";
export { type SqliteStorage, sqliteStorage } from "./storage.js";
