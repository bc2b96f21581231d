import type { Clock } from "@hybrid-orchestrator/core";

/** A call under way, as far as this process knows. */
export interface Call {
  readonly id: string;
  readonly sessionId: string;
  /** By which it can be spoken into. A secret. */
  readonly controlUrl: string | null;
  /** Somebody has answered. */
  readonly answered: boolean;
  readonly userSpeaks: boolean;
}

/** - `quiet`: it can be spoken now. `ended`: the call is over. `waited`: it was not quiet in time. `aborted`: nobody waits any more. */
export type Quiet = "quiet" | "ended" | "waited" | "aborted";

type Change = Partial<Omit<Call, "id">>;

interface Entry {
  call: Call;
  readonly placedAt: number;
  readonly waiting: Set<() => void>;
}

/** A call whose end nobody told. */
const longestCallMs = 12 * 3_600_000;
const mostCalls = 50_000;
const mostEnded = 50_000;

/** The calls under way, by id and by session. What is forgotten here is found again by what the session's log says. */
export class Calls {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #bySession = new Map<string, string>();
  /** What comes late of a call that has ended must not bring it back. */
  readonly #ended = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in what is known of a call. One that has not been heard of needs its session. */
  update(id: string, change: Change): void {
    if (this.#ended.has(id)) return;
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      const { sessionId } = change;
      if (sessionId !== undefined) this.#add({ ...unheard, ...change, id, sessionId });
      return;
    }
    entry.call = { ...entry.call, ...change };
    this.#bySession.set(entry.call.sessionId, id);
    this.#tell(entry);
  }

  end(id: string): void {
    this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= mostEnded) break;
      this.#ended.delete(oldest);
    }
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    const { sessionId } = entry.call;
    if (this.#bySession.get(sessionId) === id) this.#bySession.delete(sessionId);
    this.#tell(entry);
  }

  get(id: string): Call | null {
    return this.#entries.get(id)?.call ?? null;
  }

  ofSession(sessionId: string): Call | null {
    const id = this.#bySession.get(sessionId);
    return id === undefined ? null : this.get(id);
  }

  /** Waits until somebody has answered and the user does not speak; those who wait come in the order of their coming. */
  quiet(
    id: string,
    { maxMs, signal }: { readonly maxMs: number; readonly signal: AbortSignal },
  ): Promise<Quiet> {
    return new Promise((resolve) => {
      const entry = this.#entries.get(id);
      const look = (): void => {
        const call = this.get(id);
        if (call === null) end("ended");
        else if (call.answered && !call.userSpeaks) end("quiet");
      };
      const stop = (): void => end("aborted");
      const cancel = this.#clock.setTimeout(() => end("waited"), maxMs);
      function end(how: Quiet): void {
        cancel();
        signal.removeEventListener("abort", stop);
        entry?.waiting.delete(look);
        resolve(how);
      }
      signal.addEventListener("abort", stop);
      entry?.waiting.add(look);
      if (signal.aborted) stop();
      else look();
    });
  }

  #add(call: Call): void {
    const now = this.#clock.now();
    for (const [id, { placedAt }] of this.#entries) {
      if (this.#entries.size < mostCalls && now - placedAt < longestCallMs) break;
      this.end(id);
    }
    this.#entries.set(call.id, { call, placedAt: now, waiting: new Set() });
    this.#bySession.set(call.sessionId, call.id);
  }

  #tell({ waiting }: Entry): void {
    for (const look of [...waiting]) look();
  }
}

const unheard = { controlUrl: null, answered: false, userSpeaks: false } as const;
