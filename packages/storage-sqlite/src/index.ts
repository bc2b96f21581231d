export { type SqliteStorageConfig, sqliteStorageSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { type SqliteStorage, sqliteStorage } from "./storage.js";
