import type { Change, Effect, SessionChange, Storage } from "@hybrid-orchestrator/core";

/**
 * Sees every commit of every node, and tells of work that was begun while somebody else held it: the end of a history
 * does not show that any more.
 */
export function watchLeases(storage: Storage, tell: (violation: string) => void): Storage {
  const known = new Map<string, Effect>();

  function committed({ effects = [] }: SessionChange): void {
    for (const effect of effects) {
      const before = known.get(effect.id);
      known.set(effect.id, effect);
      const begun = before !== undefined && effect.tries > before.tries;
      if (begun && before.lease !== null && effect.updatedAt < before.lease.until)
        tell(
          `effect ${effect.id} was begun ${before.lease.until - effect.updatedAt} ms before its lease ended`,
        );
    }
  }

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
