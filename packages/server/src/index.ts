export {
  type ListenOptions,
  listenOptionsSchema,
  type Mounted,
  type ServerOptions,
  serverSettingsSchema,
} from "./config.js";
export { createServer, type OrchestratorServer } from "./server.js";
