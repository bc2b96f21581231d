import type { z } from "zod";
import type { approvalView } from "../src/tools/approval-view.js";
import type { escalationView } from "../src/tools/escalations.js";
import type { ActivityView, SessionView } from "../src/views.js";
import type { Happening } from "../src/waiting/happenings.js";

export interface Started {
  readonly session: SessionView;
  readonly recent: readonly ActivityView[];
  readonly open: readonly { readonly id: string; readonly kind: string; readonly reason: string }[];
  readonly resumed: boolean;
}

export interface Escalated {
  readonly escalation: z.output<typeof escalationView>;
  readonly next: string;
}

export interface Awaited extends Escalated {
  readonly outcome: string;
  readonly done: boolean;
  readonly happened: readonly Happening[];
  readonly cursor: string | null;
}

export interface Asked {
  readonly approval: z.output<typeof approvalView>;
  readonly id: string | null;
  readonly arguments: unknown;
  readonly next: string;
}
