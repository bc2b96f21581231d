/** Work on one item at a time, in order, with room for so many that wait. */
export interface WorkQueue<Item> {
  /** False: there was no room, and it is dropped. */
  add(item: Item): boolean;
  /** Resolves when what was under way has ended, with what waited and is not done any more. */
  stop(): Promise<readonly Item[]>;
}

/** `work` must not reject. `onIdle` is told when nothing waits any more. */
export function workQueue<Item>(options: {
  readonly maxWaiting: number;
  readonly work: (item: Item) => Promise<void>;
  readonly onIdle: () => void;
}): WorkQueue<Item> {
  const { maxWaiting, work, onIdle } = options;
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    running = undefined;
    onIdle();
  }

  return {
    add(item) {
      if (waiting.length >= maxWaiting) return false;
      waiting.push(item);
      running ??= run();
      return true;
    },
    async stop() {
      const left = waiting.splice(0);
      await running;
      return left;
    },
  };
}
