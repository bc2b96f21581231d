import type { Staff } from "../staff/staff.js";

/** What every transition needs besides the escalation. */
export interface Context {
  readonly now: number;
  readonly staff: Staff;
}
