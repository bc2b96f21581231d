export type { ListenOptions, ServerOptions } from "./config.js";
export { createServer, type OrchestratorServer } from "./server.js";
