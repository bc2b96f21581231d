export { app as default } from "../../tooling/tsup/preset.js";
