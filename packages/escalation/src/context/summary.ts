import type { Activity, Escalation, Json, Session } from "@hybrid-orchestrator/core";
import { buildContext } from "./build.js";
import { cutText } from "./fit.js";
import { briefLines } from "./format.js";
import { maskContext } from "./mask.js";
import type { ContextPackage } from "./package.js";
import { textsFor } from "./texts.js";

/** What is at hand of a session when something is decided about it. */
interface AtHand {
  readonly session: Session;
  readonly escalation: Escalation;
  /** The newest, oldest first; perhaps none. */
  readonly activities: readonly Activity[];
  readonly now: number;
}

/**
 * The brief view of what is at hand: no private value is in it that is known. Where the activities do not say where the user
 * is, `step`, `stage` or `screen` of the session's metadata do.
 */
export function briefContext({ session, escalation, activities, now }: AtHand): ContextPackage {
  const whole = buildContext({
    session,
    escalations: [escalation],
    activities,
    deliveries: [],
    firings: [],
    now,
  });
  const { place } = whole;
  const { step, stage, screen } = session.metadata;
  return maskContext(
    {
      ...whole,
      place: {
        ...place,
        step: place.step ?? nameOf(step) ?? nameOf(stage),
        screen: place.screen ?? (typeof screen === "string" ? screen : null),
      },
    },
    "brief",
  );
}

/** Longest text of a call, so that a reason of 2,000 characters does not fill somebody's telephone. */
const longest = 700;

/** What calls somebody to an escalation: why, who, where, and what to do. `locale` is BCP 47, by default en. */
export function callSummary(atHand: AtHand, locale = "en"): string {
  const lines = briefLines(briefContext(atHand), textsFor(locale));
  return cutText(lines.map(asSentence).join(" "), longest);
}

function nameOf(value: Json | undefined): string | number | null {
  return typeof value === "string" || typeof value === "number" ? value : null;
}

function asSentence(line: string): string {
  return /[.!?…)]$/.test(line) ? line : `${line}.`;
}
