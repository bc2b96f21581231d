export { runCli } from "./cli.js";
export { type ExitCode, exitCodes } from "./exit-codes.js";
export type { Io } from "./io.js";
export type { Recording } from "./replay/recording.js";
export { type ReplayedFiring, replay } from "./replay/replay.js";
