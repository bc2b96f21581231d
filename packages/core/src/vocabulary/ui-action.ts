import { z } from "zod";
import type { JsonObject } from "../json.js";

/** A command for the user's screen: highlight a field, show a prompt, open a page. */
export interface UiAction {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  /** 1, 2, 3, … within the session: the order in which the client gets them. */
  readonly ordinal: number;
  readonly status: "queued" | "delivered" | "acknowledged";
  readonly queuedAt: number;
  readonly deliveredAt: number | null;
  readonly acknowledgedAt: number | null;
}

export const newUiActionSchema = z.strictObject({
  type: z.string().min(1).max(100),
  data: z.unknown().optional(),
});
export type NewUiAction = z.input<typeof newUiActionSchema>;
