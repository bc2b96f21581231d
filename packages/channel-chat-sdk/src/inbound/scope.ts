import { AsyncLocalStorage } from "node:async_hooks";

/** What one request has set going. */
export interface Scope {
  readonly tasks: Promise<unknown>[];
  /** Keys that must not outlive a request that failed. */
  readonly claims: string[];
  /** Some of its work failed. */
  failed: boolean;
  last: Promise<void>;
}

export interface Scopes {
  /** Runs what answers a request, and resolves when all that it set going has ended. */
  run(scope: Scope, answer: () => Promise<Response>): Promise<Response>;
  /** Does a piece of the current request's work, one after another. Never rejects: a failure is the request's. */
  work(piece: () => Promise<void>): Promise<void>;
  current(): Scope | undefined;
}

export function newScope(): Scope {
  return { tasks: [], claims: [], failed: false, last: Promise.resolve() };
}

/**
 * Adapters answer before their work is done and tell nobody of its failure, so that a platform would not send again
 * what was lost. Here a request is followed through all that it calls.
 */
export function requestScopes({ onFailure }: { onFailure(error: unknown): void }): Scopes {
  const scopes = new AsyncLocalStorage<Scope>();
  return {
    current: () => scopes.getStore(),
    async run(scope, answer) {
      try {
        return await scopes.run(scope, answer);
      } finally {
        await settled(scope);
      }
    },
    work(piece) {
      const scope = scopes.getStore();
      const done = (scope?.last ?? Promise.resolve()).then(piece).catch((error: unknown) => {
        if (scope !== undefined) scope.failed = true;
        onFailure(error);
      });
      if (scope !== undefined) {
        scope.last = done;
        scope.tasks.push(done);
      }
      return done;
    },
  };
}

/** A task may set others going, so it is looked again. */
async function settled({ tasks }: Scope): Promise<void> {
  for (let seen = 0; seen < tasks.length; ) {
    const pending = tasks.slice(seen);
    seen = tasks.length;
    await Promise.allSettled(pending);
  }
}
