import { OrchestratorError } from "@hybrid-orchestrator/core";

/** How many calls wait at once, for each client: a wait holds a connection and looks at the storage now and then. */
export class Waits {
  readonly #most: number;
  readonly #waiting = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws OrchestratorError `unavailable` when the client has too many already */
  async during<Value>(client: string, wait: () => Promise<Value>): Promise<Value> {
    const before = this.#waiting.get(client) ?? 0;
    if (before >= this.#most)
      throw new OrchestratorError("unavailable", `You wait in ${before} calls already, which is the limit.`);
    this.#waiting.set(client, before + 1);
    try {
      return await wait();
    } finally {
      const after = (this.#waiting.get(client) ?? 1) - 1;
      if (after > 0) this.#waiting.set(client, after);
      else this.#waiting.delete(client);
    }
  }
}
