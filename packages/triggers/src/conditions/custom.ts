import type { Session } from "@hybrid-orchestrator/core";
import { span, toMs } from "../words.js";
import type { CustomLeaf, Leaf, Moment, Truth } from "./leaf.js";

/** A function says whether it holds, at each log entry and on its own clock; in between it holds not. */
export function custom(condition: CustomLeaf): Leaf {
  const everyMs = condition.everySeconds === undefined ? null : toMs(condition.everySeconds);
  const name =
    typeof condition.evaluate === "string" ? `the condition ${condition.evaluate}` : "its own condition";
  const isTick = (at: number, { createdAt }: Session) =>
    everyMs !== null && at > createdAt && (at - createdAt) % everyMs === 0;

  function holds(moment: Moment): Truth {
    if (moment.settled?.leaf === condition.index) return moment.settled.holds;
    if (moment.activity === null && !isTick(moment.at, moment.session)) return false;
    return moment.ask === null ? undefined : moment.ask(condition);
  }

  function nextChangeAt(after: number, session: Session): number | null {
    if (everyMs === null) return null;
    const ticks = Math.max(0, Math.floor((after - session.createdAt) / everyMs));
    return session.createdAt + (ticks + 1) * everyMs;
  }

  const text = `${name} holds${everyMs === null ? "" : `, asked every ${span(everyMs)}`}`;
  return {
    nature: "asked",
    interests: [],
    text,
    start: () => ({
      size: 0,
      apply: () => false,
      holds,
      nextChangeAt,
      consume: () => false,
      describe: (moment) =>
        holds(moment) === true ? `${name} holds` : "it is asked at log entries and ticks alone",
      save: () => null,
      load: () => {},
    }),
  };
}
