export { type Config, defineConfig } from "./document.js";
export { configJsonSchema } from "./json-schema.js";
export { type Check, checkConfig, type LoadedConfig, type LoadOptions, loadConfig } from "./load.js";
export type { Modules } from "./modules.js";
export { type Problem, type ProblemCode, tellProblem } from "./problem.js";
