export { type PostgresStorageConfig, postgresStorageSchema } from "./config.js";
export { postgresStorage } from "./storage.js";
