import { type LeafCondition, logEntry, sameJson } from "@hybrid-orchestrator/core";
import { readPath } from "../json-tools.js";
import type { Leaf, Moment } from "./leaf.js";

/** Needs no state of its own: the session has its metadata. */
export function metadata({ path, is }: Extract<LeafCondition, { type: "metadata" }>): Leaf {
  const keys = path.split(".");
  const text = `metadata ${path} is ${JSON.stringify(is)}`;
  const holds = ({ session }: Moment) => {
    const value = readPath(session.metadata, keys);
    return value !== undefined && sameJson(value, is);
  };
  return {
    nature: "state",
    interests: [{ on: "type", glob: logEntry.metadataChanged }],
    text,
    start: () => ({
      size: 0,
      apply: () => true,
      holds,
      nextChangeAt: () => null,
      consume: () => false,
      describe: (moment) => (holds(moment) ? text : `metadata ${path} is something else`),
      save: () => null,
      load: () => {},
    }),
  };
}
