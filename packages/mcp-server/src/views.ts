import {
  type Activity,
  type Json,
  type JsonObject,
  maskJson,
  maskText,
  type Session,
  type UiAction,
} from "@hybrid-orchestrator/core";
import { z } from "zod";

// Models read a date better than milliseconds, so that moments are texts here, alone in this library.
const moment = z.string().describe("ISO 8601");

export function momentOf(at: number): string {
  return new Date(at).toISOString();
}

const momentOrNull = (at: number | null): string | null => (at === null ? null : momentOf(at));

const json = z.record(z.string(), z.unknown());

export const sessionView = z.object({
  id: z.string(),
  externalId: z.string().nullable(),
  workflow: z.string(),
  status: z.enum(["active", "paused", "completed", "abandoned", "cancelled", "expired"]),
  owner: z
    .object({ kind: z.enum(["ai", "human", "nobody"]), name: z.string().nullable() })
    .describe("Who speaks in it. While it is a human, write nothing to the user."),
  summary: z.string().nullable(),
  metadata: json,
  recipient: z
    .object({ name: z.string().nullable(), locale: z.string().nullable(), timeZone: z.string().nullable() })
    .nullable(),
  createdAt: moment,
  updatedAt: moment,
  expiresAt: moment.nullable(),
});
export type SessionView = z.output<typeof sessionView>;

export const activityView = z.object({
  seq: z.number().int(),
  type: z.string(),
  actor: z.enum(["user", "ai", "human", "system"]),
  data: json,
  occurredAt: moment,
});
export type ActivityView = z.output<typeof activityView>;

export const uiActionView = z.object({
  id: z.string(),
  type: z.string(),
  status: z.enum(["queued", "delivered", "acknowledged"]),
  queuedAt: moment,
  deliveredAt: moment.nullable(),
  acknowledgedAt: moment.nullable(),
});

/** How values are shown: as they are, or without what is nobody's business. */
export interface Shown {
  json<Value extends Json>(value: Value): Value;
  text(text: string): string;
}

export function shownBy(mask: boolean): Shown {
  return mask ? { json: maskJson, text: maskText } : { json: (value) => value, text: (text) => text };
}

export function viewSession(session: Session, externalId: string | null, shown: Shown): SessionView {
  const { owner, recipient, summary } = session;
  return {
    id: session.id,
    externalId,
    workflow: session.workflow,
    status: session.status,
    owner: {
      kind: owner.kind,
      name: owner.kind === "ai" ? owner.agent : owner.kind === "human" ? owner.worker : null,
    },
    summary: summary === null ? null : shown.text(summary),
    metadata: shown.json(session.metadata),
    recipient:
      recipient === null
        ? null
        : {
            name: recipient.name ?? null,
            locale: recipient.locale ?? null,
            timeZone: recipient.timeZone ?? null,
          },
    createdAt: momentOf(session.createdAt),
    updatedAt: momentOf(session.updatedAt),
    expiresAt: momentOrNull(session.expiresAt),
  };
}

export function viewActivity({ seq, type, actor, data, occurredAt }: Activity, shown: Shown): ActivityView {
  return { seq, type, actor, data: shown.json(data as JsonObject), occurredAt: momentOf(occurredAt) };
}

export function viewUiAction(action: UiAction): z.output<typeof uiActionView> {
  return {
    id: action.id,
    type: action.type,
    status: action.status,
    queuedAt: momentOf(action.queuedAt),
    deliveredAt: momentOrNull(action.deliveredAt),
    acknowledgedAt: momentOrNull(action.acknowledgedAt),
  };
}
