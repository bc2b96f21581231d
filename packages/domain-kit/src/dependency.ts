import type { Activity, BlockerDetector, Session, Severity } from "@hybrid-orchestrator/core";
import { anyGlob } from "./repeated-failure.js";

export interface DependencyOptions {
  /** Globs over types of activities that say that something must be done first. */
  readonly opened?: readonly string[] | undefined;
  /** Globs over types of those that say that it is done. */
  readonly settled?: readonly string[] | undefined;
  /** What an activity is about; undefined where it is about nothing. Default: `data.dependency`. */
  readonly nameOf?: ((activity: Activity) => string | undefined) | undefined;
  /** The member of the session's metadata that lists more of them: a text, or a list of texts. Default: none. */
  readonly metadataKey?: string | undefined;
  /** What the blocker is called. Default: `dependency`. */
  readonly kind?: string | undefined;
  /** Default: medium. */
  readonly severity?: Severity | undefined;
}

/** Finds what a session waits for: what activities opened and did not settle, and what its metadata lists. */
export function dependency({
  opened = [],
  settled = [],
  nameOf = (activity) => text(activity, "dependency"),
  metadataKey,
  kind = "dependency",
  severity = "medium",
}: DependencyOptions = {}): BlockerDetector {
  const isOpened = anyGlob(opened);
  const isSettled = anyGlob(settled);
  return ({ session, activities }) => {
    const open = new Set(metadataKey === undefined ? [] : listed(session, metadataKey));
    for (const activity of activities) {
      const name = nameOf(activity);
      if (name === undefined) continue;
      if (isSettled(activity.type)) open.delete(name);
      else if (isOpened(activity.type)) open.add(name);
    }
    if (open.size === 0) return [];
    return [{ kind, severity, description: `It waits for ${[...open].join(", ")}.` }];
  };
}

/** A member of an activity's data that is a text. */
export function text({ data }: Activity, key: string): string | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function listed({ metadata }: Session, key: string): string[] {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return [value].flat().filter((name) => typeof name === "string" && name !== "") as string[];
}
