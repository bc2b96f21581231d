import { hashJson, isPrivateValue, type Json, sameJson } from "@hybrid-orchestrator/core";
import { limits } from "./limits.js";

/**
 * What is known of a user's screen. Plain JSON, to be stored as it is and gone on with. It holds values as they came:
 * what leaves goes through {@link viewScreen}.
 */
export interface ScreenState {
  /** `seq` of the last activity that is in it. */
  readonly seq: number;
  /** What the client last called the screen. */
  readonly screen: { readonly name: string; readonly at: number } | null;
  readonly step: { readonly name: string | number; readonly at: number } | null;
  /** The field that has the focus, as far as known; a null id: none has. */
  readonly focus: { readonly id: string | null; readonly at: number } | null;
  /** Which fields the newest snapshot saw, and which of them the client says are required. */
  readonly onScreen: {
    readonly ids: readonly string[];
    readonly required: readonly string[];
    readonly at: number;
  } | null;
  /** In the order in which they were first seen. */
  readonly fields: readonly FieldState[];
  /** How many fields were dropped, because only 512 are kept. */
  readonly dropped: number;
  /** The newest moment of which anything is known. */
  readonly updatedAt: number | null;
}

export interface FieldState extends Kept {
  readonly id: string;
  /** When its value was last heard of. */
  readonly at: number;
  /** When it last became another; null: it is as it was when first seen. */
  readonly changedAt: number | null;
  readonly changes: number;
  readonly error?: string;
}

/** A value as it is kept. */
export interface Kept {
  /** Absent: it changed, and nobody said to what. */
  readonly value?: Json;
  /** Stands for the whole value where only the beginning is kept. */
  readonly hash?: number;
  /** The whole value held something like a card's number. */
  readonly sensitive?: true;
}

export const emptyState: ScreenState = {
  seq: 0,
  screen: null,
  step: null,
  focus: null,
  onScreen: null,
  fields: [],
  dropped: 0,
  updatedAt: null,
};

export function keep(value: Json | undefined): Kept {
  if (value === undefined) return {};
  const sensitive = isPrivateValue(value) ? { sensitive: true as const } : {};
  const text = JSON.stringify(value);
  if (text.length <= limits.valueLength) return { value, ...sensitive };
  const beginning = (typeof value === "string" ? value : text).slice(0, limits.valueLength);
  return { value: beginning, hash: hashJson(value), ...sensitive };
}

/** Whether two kept values are one; what is not known differs from everything. */
export function isSame(a: Kept, b: Kept): boolean {
  if (a.value === undefined || b.value === undefined) return false;
  return a.hash === b.hash && (a.hash !== undefined || sameJson(a.value, b.value));
}

/** Whether something stands in the field; null where nobody said what. */
export function isFilled({ value }: Kept, { mustBeTrue }: { readonly mustBeTrue: boolean }): boolean | null {
  if (value === undefined) return null;
  if (value === false) return !mustBeTrue;
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value !== "object") return true;
  return value !== null && Object.keys(value).length > 0;
}
