export { library as default } from "../../tooling/tsup/preset.js";
