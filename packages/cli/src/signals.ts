import type { Logger } from "@hybrid-orchestrator/core";
import { type ExitCode, exitCodes } from "./exit-codes.js";
import type { Io } from "./io.js";

/** `asked`: to finish what is under way. `hurried`: a second time, to stop at once. */
export function waitForSignals(io: Io, logger: Logger) {
  let asked: () => void = () => undefined;
  let hurried: (code: ExitCode) => void = () => undefined;
  let times = 0;
  const waits = {
    asked: new Promise<void>((resolve) => {
      asked = resolve;
    }),
    hurried: new Promise<ExitCode>((resolve) => {
      hurried = resolve;
    }),
  };
  const end = io.onSignal((signal) => {
    times += 1;
    if (times > 1) return hurried(exitCodes.interrupted);
    logger.info("stopping", { signal });
    asked();
  });
  return { ...waits, end };
}
