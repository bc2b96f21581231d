import type { Change, CommitResult } from "@hybrid-orchestrator/core";
import type { ApplyChanges } from "./commit.js";
import type { Connection } from "./connection.js";

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: (results: readonly CommitResult[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommit {
  commit(changes: readonly Change[]): Promise<readonly CommitResult[]>;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

/**
 * Writes the changes of many callers in one transaction: those of one turn of the event loop, and those that come while
 * an earlier transaction waits for the database. One sync to disk then serves them all.
 */
export function createGroupCommit(connection: Connection, apply: ApplyChanges): GroupCommit {
  const waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;

  function schedule(): Promise<void> {
    return new Promise((resolve) => {
      // A tick that is asked for by a microtask comes when all microtasks are done: nobody of this turn is missed, and
      // no phase of the event loop is waited for.
      queueMicrotask(() => process.nextTick(resolve));
    });
  }

  async function flush(): Promise<void> {
    await schedule();
    while (waiting.length > 0) await writeGroup();
    flushing = null;
  }

  async function writeGroup(): Promise<void> {
    const group: Waiting[] = [];
    try {
      const results = await connection.write(() => {
        group.push(...waiting.splice(0));
        return apply(group.flatMap(({ changes }) => changes));
      });
      let offset = 0;
      for (const { changes, resolve } of group) {
        resolve(results.slice(offset, offset + changes.length));
        offset += changes.length;
      }
    } catch (error) {
      // No member yet: the lock was never ours, and nothing was written for anybody.
      if (group.length === 0) for (const { reject } of waiting.splice(0)) reject(error);
      for (const { changes, resolve } of group) resolve(await writeEachAlone(changes));
    }
  }

  async function writeEachAlone(changes: readonly Change[]): Promise<CommitResult[]> {
    const results: CommitResult[] = [];
    for (const change of changes) {
      try {
        results.push(...(await connection.write(() => apply([change]))));
      } catch (error) {
        results.push({
          ok: false,
          reason: "error",
          error: error instanceof Error ? error : new Error(String(error)),
        });
      }
    }
    return results;
  }

  return {
    commit(changes) {
      if (changes.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        waiting.push({ changes, resolve, reject });
        flushing ??= flush();
      });
    },
    async drained() {
      while (flushing !== null) await flushing;
    },
  };
}
