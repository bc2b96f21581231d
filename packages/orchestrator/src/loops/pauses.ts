/** What is to be left alone for a while, by id. */
export class Pauses {
  readonly #until = new Map<string, number>();

  get size(): number {
    return this.#until.size;
  }

  pause(id: string, until: number): void {
    this.#until.set(id, until);
  }

  isPaused(id: string, now: number): boolean {
    const until = this.#until.get(id);
    if (until === undefined) return false;
    if (until > now) return true;
    this.#until.delete(id);
    return false;
  }
}
