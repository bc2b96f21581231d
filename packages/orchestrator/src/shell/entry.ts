import type { Input } from "../decide/decide.js";
import type { SessionWork } from "../decide/work.js";

/** An input in line, with those who wait for its outcome. */
export interface Waiting {
  readonly input: Input<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One session's place in the shell: its queue, and its work while that is in memory. */
export interface Entry {
  readonly id: string;
  work: SessionWork | null;
  /** For so many inputs at the head of the line the work was loaded after they had come; 0: it was kept from before. */
  freshFor: number;
  waiting: Waiting[];
  /** In line for the pump, or in its hands. */
  busy: boolean;
  conflicts: number;
  /** What its work was said to hold when it was last used, in bytes. */
  bytes: number;
  /** Since the cache last looked for what it can do without. */
  used: boolean;
}
