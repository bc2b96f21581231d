import { type Session, sameJson, type TriggerFilter } from "@hybrid-orchestrator/core";
import { readPath } from "./json-tools.js";

/** Whether a trigger concerns a session. May throw what a caller's own function throws. */
export type Filter = (session: Session) => boolean;

export function compileFilter(filter: TriggerFilter | undefined): Filter {
  if (filter === undefined) return () => true;
  if (typeof filter === "function") return (session) => filter(session) === true;
  const workflows = filter.workflow === undefined ? null : [filter.workflow].flat();
  const wanted = Object.entries(filter.metadata ?? {}).map(([path, is]) => ({ keys: path.split("."), is }));
  return (session) =>
    (workflows === null || workflows.includes(session.workflow)) &&
    wanted.every(({ keys, is }) => {
      const value = readPath(session.metadata, keys);
      return value !== undefined && sameJson(value, is);
    });
}
