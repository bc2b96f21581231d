import type { Clock } from "@hybrid-orchestrator/core";

/** Wakes whoever waits. A ring while nobody waits is kept, so that nothing between a look and a wait is missed. */
export class Bell {
  #rung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Until it rings, the time is up, or the signal is aborted. */
  async wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      let cancel: () => void = () => undefined;
      const ring = () => this.ring();
      signal.addEventListener("abort", ring, { once: true });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        cancel = clock.setTimeout(resolve, delayMs);
      });
      cancel();
      signal.removeEventListener("abort", ring);
    }
    this.#rung = false;
  }
}
