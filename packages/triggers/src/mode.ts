import { createHash } from "node:crypto";
import type { Session, Trigger } from "@hybrid-orchestrator/core";
import type { Match } from "./rule-set.js";

/** Whether a firing acts or is only recorded, and by what. The same recipient always falls on the same side. */
export function armOf({ mode }: Trigger, session: Session): Pick<Match, "mode" | "arm"> {
  if (mode === "live") return { mode, arm: "treatment" };
  if (mode === "shadow") return { mode, arm: "control" };
  const share = fraction(`${mode.salt}:${session.recipient?.id ?? session.id}`);
  return { mode: "holdout", arm: share < mode.holdout ? "control" : "treatment" };
}

/** A number from 0 up to 1, excluded: the first 48 bits of the text's SHA-256. */
function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
