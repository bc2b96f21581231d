export { type PostgresStorageConfig, postgresStorageSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { postgresStorage } from "./storage.js";
