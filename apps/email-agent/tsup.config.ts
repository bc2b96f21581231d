import { app } from "../../tooling/tsup/preset.js";

export default { ...app, entry: ["src/main.ts", "src/index.ts"] };
