import type { Change, CommitResult } from "@hybrid-orchestrator/core";
import type { ApplyChanges } from "./commit.js";
import type { Connection } from "./connection.js";
import { DatabaseError } from "./errors.js";

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: (results: readonly CommitResult[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommit {
  commit(changes: readonly Change[]): Promise<readonly CommitResult[]>;
}

/**
 * Writes the changes of many callers in one transaction: those of one turn of the event loop, and those that come while
 * an earlier transaction is under way. One set of round trips and one sync to disk then serve them all.
 */
export function createGroupCommit(connection: Connection, apply: ApplyChanges): GroupCommit {
  const waiting: Waiting[] = [];
  let isFlushing = false;

  function schedule(): Promise<void> {
    return new Promise((resolve) => {
      // A tick that is asked for by a microtask comes when all microtasks are done: nobody of this turn is missed.
      queueMicrotask(() => process.nextTick(resolve));
    });
  }

  async function flush(): Promise<void> {
    await schedule();
    while (waiting.length > 0) await writeGroup(waiting.splice(0));
    isFlushing = false;
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await write(group.flatMap(({ changes }) => changes));
      let offset = 0;
      for (const { changes, resolve } of group) {
        resolve(results.slice(offset, offset + changes.length));
        offset += changes.length;
      }
    } catch (error) {
      if (!isParticular(error)) for (const { reject } of group) reject(error);
      else for (const { changes, resolve } of group) resolve(await writeEachAlone(changes));
    }
  }

  async function writeEachAlone(changes: readonly Change[]): Promise<CommitResult[]> {
    const results: CommitResult[] = [];
    for (const change of changes) {
      try {
        results.push(...(await write([change])));
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

  function write(changes: readonly Change[]): Promise<readonly CommitResult[]> {
    return connection.write((queryable) => apply(queryable, changes));
  }

  return {
    commit(changes) {
      if (changes.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        waiting.push({ changes, resolve, reject });
        if (isFlushing) return;
        isFlushing = true;
        flush().catch(reject);
      });
    },
  };
}

/** Whether an error may lie with one change of a group; else every change would meet it again. */
function isParticular(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return true;
  return error.situation !== "lost" && error.situation !== "general";
}
