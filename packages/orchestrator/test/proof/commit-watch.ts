import type { Change, Effect, SessionChange, SessionStatus, Storage } from "@hybrid-orchestrator/core";
import { isOpen } from "@hybrid-orchestrator/core";

/** Tells of every change of a session that any node has committed, at once and in order. */
export function watchCommits(storage: Storage, committed: (change: SessionChange) => void): Storage {
  return {
    ...storage,
    async commit(changes: readonly Change[]) {
      const results = await storage.commit(changes);
      changes.forEach((change, index) => {
        if (results[index]?.ok && change.aggregate === "session") committed(change);
      });
      return results;
    },
    async decideLocked(request, decide) {
      let decided: SessionChange | null = null;
      const result = await storage.decideLocked(request, (snapshot) => {
        decided = decide(snapshot);
        return decided;
      });
      if (result?.ok && decided !== null) committed(decided);
      return result;
    },
  };
}

/** Finds work that was begun while somebody else held it: the end of a history does not show that any more. */
export class LeaseWatch {
  readonly #known = new Map<string, Effect>();

  /** What is wrong with these effects as they were just committed. */
  see(effects: readonly Effect[] = []): string[] {
    return effects.flatMap((effect) => {
      const before = this.#known.get(effect.id);
      this.#known.set(effect.id, effect);
      if (before === undefined || before.lease === null || effect.tries <= before.tries) return [];
      const left = before.lease.until - effect.updatedAt;
      return left > 0 ? [`effect ${effect.id} was begun ${left} ms before its lease ended`] : [];
    });
  }
}

/** When each session had which status, in counted moments, to tell whether a refusal was true when it was given. */
export class StatusWatch {
  readonly #moves = new Map<string, { readonly at: number; readonly status: SessionStatus }[]>();

  see(sessionId: string, status: SessionStatus | undefined, at: number): void {
    if (status === undefined) return;
    const moves = this.#moves.get(sessionId) ?? [];
    moves.push({ at, status });
    this.#moves.set(sessionId, moves);
  }

  /** Whether the session was closed at any moment from `from` on. */
  wasClosed(sessionId: string, from: number): boolean {
    const moves = this.#moves.get(sessionId) ?? [];
    return moves.some(({ status }, index) => {
      const until = moves[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      return !isOpen(status) && until > from;
    });
  }
}
