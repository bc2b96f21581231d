import { type CommitResult, OrchestratorError, type Storage } from "@hybrid-orchestrator/core";

type Methods = {
  [Key in keyof Storage]: Storage[Key] extends (...args: never[]) => unknown ? Key : never;
}[keyof Storage];

/** One call that reaches a faulty storage. */
export interface StorageCall {
  readonly method: Methods;
  /** 1, 2, 3, … over all methods but `open` and `close`, which never fail. */
  readonly number: number;
}

/**
 * - `before`: fails, and nothing happened. `after`: fails, and everything happened: the outcome is unknown to the caller.
 * - `refuse`, `conflict`: a commit that answers for each of its changes that it failed, or that another was faster, and
 *   wrote none. Elsewhere as `before`.
 * - `cut`: as if the process died before the call: neither this call nor any other ever returns. `cut_after`: it died
 *   after the effect.
 */
export type StorageFault = "before" | "after" | "refuse" | "conflict" | "cut" | "cut_after";

export interface FaultyStorageOptions {
  /** Asked at each call; null lets it pass. */
  readonly fault: (call: StorageCall) => StorageFault | null;
  /** What it fails with. Default: `storage_failed`, which is retryable. */
  readonly error?: (call: StorageCall) => Error;
  /** Several handles share one open storage, and none of them closes it. Default: false. */
  readonly shared?: boolean;
}

export interface FaultyStorage extends Storage {
  /** How many calls there were. */
  readonly calls: number;
  /** From now on no call returns, those under way included: what a process sees of its database once it is dead. */
  cut(): void;
}

/** A storage that fails where it is told to, before or after the effect, or from some moment on answers no more. */
export function faultyStorage(storage: Storage, options: FaultyStorageOptions): FaultyStorage {
  const { fault, shared = false } = options;
  let calls = 0;
  let isCut = false;
  const error = options.error ?? defaultError;

  async function run(method: Methods, args: readonly unknown[]): Promise<unknown> {
    if (isCut) return never();
    calls += 1;
    const call: StorageCall = { method, number: calls };
    const chosen = fault(call);
    if (chosen === "cut") isCut = true;
    if (isCut) return never();
    if (method === "commit" && (chosen === "refuse" || chosen === "conflict")) {
      const answer: CommitResult =
        chosen === "refuse"
          ? { ok: false, reason: "error", error: error(call) }
          : { ok: false, reason: "conflict" };
      return (args[0] as readonly unknown[]).map(() => answer);
    }
    if (chosen === "before" || chosen === "refuse" || chosen === "conflict") throw error(call);
    const result = await settled((storage[method] as (...all: readonly unknown[]) => unknown)(...args));
    if (chosen === "cut_after") isCut = true;
    if (isCut) return never();
    if (chosen === "after") throw error(call);
    if ("thrown" in result) throw result.thrown;
    return result.value;
  }

  const through = <Method extends Methods>(method: Method): Storage[Method] =>
    ((...args: unknown[]) => run(method, args)) as unknown as Storage[Method];

  return {
    name: storage.name,
    async open() {
      if (isCut) return never();
      await storage.open();
    },
    async close() {
      if (isCut) return never();
      if (!shared) await storage.close();
    },
    commit: through("commit"),
    decideLocked: through("decideLocked"),
    load: through("load"),
    findSession: through("findSession"),
    findDelivery: through("findDelivery"),
    getSession: through("getSession"),
    listSessions: through("listSessions"),
    listActivities: through("listActivities"),
    listFirings: through("listFirings"),
    listEffects: through("listEffects"),
    listEscalations: through("listEscalations"),
    getEscalation: through("getEscalation"),
    getUiAction: through("getUiAction"),
    getDocument: through("getDocument"),
    listDocuments: through("listDocuments"),
    readEvents: through("readEvents"),
    lastEventCursor: through("lastEventCursor"),
    claimSessions: through("claimSessions"),
    findSessionsOfOtherRules: through("findSessionsOfOtherRules"),
    claimEffects: through("claimEffects"),
    nextWakeAt: through("nextWakeAt"),
    heartbeat: through("heartbeat"),
    purge: through("purge"),
    stats: through("stats"),
    health: through("health"),
    get calls() {
      return calls;
    },
    cut() {
      isCut = true;
    },
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function settled(work: unknown): Promise<{ readonly value: unknown } | { readonly thrown: unknown }> {
  try {
    return { value: await work };
  } catch (thrown) {
    return { thrown };
  }
}

function defaultError({ method, number }: StorageCall): Error {
  return new OrchestratorError("storage_failed", `The test storage failed at call ${number}, ${method}.`);
}
