import {
  type Actor,
  hashJson,
  type Json,
  type LeafCondition,
  logEntry,
  type Session,
} from "@hybrid-orchestrator/core";
import { member } from "../json-tools.js";
import { list, span, toMs } from "../words.js";
import type { Entry, Leaf, LeafTracker, Moment } from "./leaf.js";

type Of<Type extends LeafCondition["type"]> = Extract<LeafCondition, { type: Type }>;

const actorNames: Record<Actor, string> = {
  user: "the user",
  ai: "the AI",
  human: "a human",
  system: "the system",
};

/** Needs no state of its own: the session says when each actor was last heard of. */
export function noActivity({ seconds, actors }: Of<"no_activity">): Leaf {
  const forMs = toMs(seconds);
  const who = list(
    actors.map((actor) => actorNames[actor]),
    "or",
  );
  const lastAt = ({ createdAt, lastActivityAt }: Session) =>
    actors.reduce((latest, actor) => Math.max(latest, lastActivityAt[actor] ?? latest), createdAt);
  return {
    nature: "state",
    interests: [],
    text: `no activity by ${who} for ${span(forMs)}`,
    start: () => ({
      size: 0,
      apply: () => false,
      holds: ({ at, session }) => at >= lastAt(session) + forMs,
      nextChangeAt: (after, session) => later(lastAt(session) + forMs, after),
      consume: () => false,
      describe: ({ at, session }) => `no activity by ${who} for ${span(at - lastAt(session))}`,
      save: () => null,
      load: () => {},
    }),
  };
}

export function noProgress({ seconds, marker }: Of<"no_progress">): Leaf {
  const forMs = toMs(seconds);
  return {
    nature: "state",
    interests: [{ on: "data", key: marker }],
    text: `${marker} unchanged for ${span(forMs)}`,
    start: () => new ProgressTracker(marker, forMs),
  };
}

class ProgressTracker implements LeafTracker {
  readonly size = 1;
  #hash: number | null = null;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly marker: string,
    private readonly forMs: number,
  ) {}

  apply({ activity }: Entry): boolean {
    const value = member(activity.data, this.marker);
    if (value === undefined || value === null) return false;
    const hash = hashJson(value);
    if (hash === this.#hash) return false;
    this.#hash = hash;
    this.#changedAt = Math.max(this.#changedAt, activity.occurredAt);
    return false;
  }

  holds({ at, session }: Moment): boolean {
    return at >= this.#since(session) + this.forMs;
  }

  nextChangeAt(after: number, session: Session): number | null {
    return later(this.#since(session) + this.forMs, after);
  }

  consume(): boolean {
    return false;
  }

  describe({ at, session }: Moment): string {
    return `${this.marker} unchanged for ${span(at - this.#since(session))}`;
  }

  save(): Json {
    return this.#hash === null ? null : [this.#hash, this.#changedAt];
  }

  load(state: Json): void {
    [this.#hash, this.#changedAt] = state as [number, number];
  }

  #since({ createdAt }: Session): number {
    return Math.max(createdAt, this.#changedAt);
  }
}

export function timeInStatus({ status, seconds }: Of<"time_in_status">): Leaf {
  const forMs = toMs(seconds);
  return {
    nature: "state",
    interests: [{ on: "type", glob: logEntry.statusChanged }],
    text: `${status} for ${span(forMs)}`,
    start: () => new StatusTracker(status, forMs),
  };
}

class StatusTracker implements LeafTracker {
  readonly size = 1;
  /** Null before the first change: active since its creation. */
  #changed: { readonly to: string; readonly at: number } | null = null;

  constructor(
    private readonly status: string,
    private readonly forMs: number,
  ) {}

  apply({ activity }: Entry): boolean {
    const to = member(activity.data, "to");
    if (typeof to === "string") this.#changed = { to, at: activity.occurredAt };
    return false;
  }

  holds({ at, session }: Moment): boolean {
    const dueAt = this.#dueAt(session);
    return dueAt !== null && at >= dueAt;
  }

  nextChangeAt(after: number, session: Session): number | null {
    const dueAt = this.#dueAt(session);
    return dueAt === null ? null : later(dueAt, after);
  }

  consume(): boolean {
    return false;
  }

  describe({ at, session }: Moment): string {
    const { to, at: since } = this.#now(session);
    return `${to} for ${span(at - since)}`;
  }

  save(): Json {
    return this.#changed === null ? null : [this.#changed.to, this.#changed.at];
  }

  load(state: Json): void {
    const [to, at] = state as [string, number];
    this.#changed = { to, at };
  }

  #now({ createdAt }: Session): { readonly to: string; readonly at: number } {
    return this.#changed ?? { to: "active", at: createdAt };
  }

  #dueAt(session: Session): number | null {
    const { to, at } = this.#now(session);
    return to === this.status ? at + this.forMs : null;
  }
}

export function later(moment: number, after: number): number | null {
  return moment > after ? moment : null;
}
