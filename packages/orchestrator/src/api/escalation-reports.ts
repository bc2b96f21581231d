import { escalationKinds, OrchestratorError, parseWith, storableText } from "@hybrid-orchestrator/core";
import {
  type EscalationStatistics,
  type HistoryEntry,
  historyEntry,
  StatisticsFold,
} from "@hybrid-orchestrator/escalation";
import { z } from "zod";
import type { Runtime } from "../runtime.js";
import { pagesOf } from "./pages.js";

const moment = z.number().int().nonnegative();
const name = storableText.min(1).max(100);
const querySchema = z
  .strictObject({
    /** Opened at this moment or later, and before that one; milliseconds since the Unix epoch. */
    from: moment,
    to: moment,
    queue: name.optional(),
    /** By name. */
    policy: name.optional(),
    kind: z.enum(escalationKinds).optional(),
    workflow: name.optional(),
  })
  .refine(({ from, to }) => from <= to, "must have a from that is not later than to");
/** Which escalations are counted. */
export type StatisticsQuery = z.input<typeof querySchema>;

/** Eight bytes for each of three durations, in the whole, a queue and a worker: about 70 MB at most. */
const mostEscalations = 1_000_000;

/** Counts what storage hands out page by page; nothing but numbers is held. */
export async function readStatistics(
  { storage }: Runtime,
  input: StatisticsQuery,
): Promise<EscalationStatistics> {
  const { from, to, queue, policy, kind, workflow } = parseWith(querySchema, input, {
    name: "statistics query",
  });
  const fold = new StatisticsFold();
  const pages = pagesOf((at) =>
    storage.listEscalations({
      ...at,
      openedFrom: from,
      openedTo: to,
      ...(queue !== undefined && { queue }),
      ...(kind !== undefined && { kind: [kind] }),
      ...(workflow !== undefined && { workflow }),
    }),
  );
  for await (const page of pages) {
    for (const escalation of page) {
      // A storage may hand out what it does not know the moment of.
      if (escalation.openedAt < from || escalation.openedAt >= to) continue;
      if (policy === undefined || escalation.policyName === policy) fold.add(escalation);
    }
    if (fold.count > mostEscalations)
      throw new OrchestratorError(
        "data_too_large",
        `More than ${mostEscalations} escalations were opened from ${from} to ${to}. Ask for a shorter time, or a queue.`,
      );
  }
  return fold.statistics();
}

/** Every event of one escalation, in order, from all pages of its session's. */
export async function readHistory(
  { storage }: Runtime,
  { id, sessionId }: { readonly id: string; readonly sessionId: string },
): Promise<readonly HistoryEntry[]> {
  const limit = 500;
  const entries: HistoryEntry[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof storage.readEvents>> = await storage.readEvents({
      after,
      sessionId,
      limit,
    });
    entries.push(...page.events.flatMap((event) => historyEntry(event, id) ?? []));
    if (page.events.length === 0) return entries;
    after = page.cursor;
  }
}
