export { type SampleNameStorageConfig, sampleNameStorageConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { sampleNameStorage } from "./storage.js";
