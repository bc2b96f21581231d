import type { Runtime } from "../runtime.js";
import { Pauses } from "./pauses.js";

const purge = "purge";
const everyMs = 3_600_000;
/** Sessions or keys removed in one transaction. */
const batchSize = 100;

/** Removes what has had its time: sessions closed long ago, where the options say so, and expired tokens and keys. */
export class Retention {
  readonly #runtime: Runtime;
  readonly #pauses = new Pauses(everyMs);

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** One batch, when it is time. Returns how much was removed. */
  async turn(): Promise<number> {
    const { storage, settings } = this.#runtime;
    const now = settings.clock.now();
    if (this.#pauses.isPaused(purge, now)) return 0;
    // First, so that a purge that fails is not tried again at once.
    this.#pauses.pause(purge, now);
    const { retentionSeconds } = settings;
    const closedBefore = retentionSeconds === null ? 0 : now - retentionSeconds * 1_000;
    const { sessions, keys } = await storage.purge({ now, closedBefore, limit: batchSize });
    if (sessions >= batchSize || keys >= batchSize) this.#pauses.resume(purge);
    return sessions + keys;
  }
}
