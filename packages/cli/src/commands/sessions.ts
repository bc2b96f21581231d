import {
  OrchestratorError,
  type Page,
  parseWith,
  type Session,
  sessionStatusSchema,
  suggestName,
} from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { z } from "zod";
import { type Context, looking } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { moment, table } from "../output.js";
import { startProgress } from "../progress.js";

interface ListOptions {
  /** A command below `sessions` that there is not. */
  readonly command?: string;
  readonly status?: readonly string[];
  readonly workflow?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly cursor?: string;
  readonly sort: "createdAt" | "updatedAt";
  readonly order: "asc" | "desc";
}

export async function listSessions(context: Context, options: ListOptions): Promise<ExitCode> {
  const { out } = context;
  if (options.command !== undefined)
    throw new OrchestratorError(
      "invalid_argument",
      `sessions has no command ${options.command}${suggestName(options.command, ["show"])}`,
    );
  const status = parseWith(z.array(sessionStatusSchema), options.status ?? [], { name: "option --status" });
  const page = await looking(context, async (orchestrator) => {
    const ask = (cursor: string | null) =>
      orchestrator.listSessions({
        limit: options.all === true ? 500 : options.limit,
        cursor,
        order: options.order,
        sortBy: options.sort,
        ...(status.length > 0 && { status }),
        ...(options.workflow !== undefined && { workflow: options.workflow }),
      });
    if (options.all !== true) return ask(options.cursor ?? null);
    const items = await everything(ask, context, "sessions");
    return { items, nextCursor: null };
  });
  out.document(page);
  for (const line of table(
    ["ID", "STATUS", "WORKFLOW", "CREATED", "UPDATED", "OWNER", "EXTERNAL ID"],
    page.items.map((session) => [
      session.id,
      session.status,
      session.workflow,
      moment(session.createdAt),
      moment(session.updatedAt),
      session.owner.kind,
      session.externalId ?? "-",
    ]),
  ))
    out.line(line);
  if (page.nextCursor !== null) out.line(`More: --cursor ${page.nextCursor}`);
  return exitCodes.done;
}

/** Every page, however many there are. */
export async function everything<Item>(
  ask: (cursor: string | null) => Promise<Page<Item>>,
  context: Context,
  name: string,
): Promise<Item[]> {
  const items: Item[] = [];
  const progress = startProgress(context, name, null);
  let cursor: string | null = null;
  try {
    do {
      const page: Page<Item> = await ask(cursor);
      items.push(...page.items);
      progress.update(items.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
  } finally {
    progress.end();
  }
  return items;
}

interface ShowOptions {
  readonly session: string;
  readonly activities: number;
  readonly explain?: readonly string[];
}

export async function showSession(context: Context, options: ShowOptions): Promise<ExitCode> {
  const found = await looking(context, (orchestrator) => readSession(orchestrator, context, options));
  const { session, activities, firings, deliveries, explanations } = found;
  const { out } = context;
  out.document(found);
  for (const line of describe(session)) out.line(line);
  out.line();
  out.line(`Activities (the newest ${activities.length}, newest first)`);
  for (const { seq, effectiveAt, actor, type, channel, data } of activities)
    out.line(
      `  ${seq}  ${moment(effectiveAt)}  ${actor}  ${type}${channel === null ? "" : ` on ${channel}`}  ${JSON.stringify(data)}`,
    );
  out.line();
  out.line(`Firings (${firings.length})`);
  for (const { trigger, ordinal, firedAt, reason, mode } of firings)
    out.line(`  ${moment(firedAt)}  ${trigger} (${ordinal})${mode === "live" ? "" : ` ${mode}`}: ${reason}`);
  out.line();
  out.line(`Deliveries (${deliveries.length})`);
  for (const { id, status, message, reason, attempts } of deliveries) {
    out.line(
      `  ${id}  ${status}  to ${message.audience}, ${message.urgency}${reason === null ? "" : `: ${reason}`}`,
    );
    for (const attempt of attempts)
      out.line(
        `    ${moment(attempt.startedAt)}  ${attempt.channel} (${attempt.chosenBy}): ${attempt.outcome ?? "under way"}${attempt.reason === null ? "" : `, ${attempt.reason}`}`,
      );
  }
  for (const { trigger, text } of explanations) {
    out.line();
    out.line(`Why ${trigger} did or did not fire`);
    for (const line of text.split("\n")) out.line(`  ${line}`);
  }
  return exitCodes.done;
}

async function readSession(orchestrator: Orchestrator, context: Context, options: ShowOptions) {
  const { activities, ...session } = await orchestrator.getSession(options.session, {
    activities: options.activities,
  });
  const { id } = session;
  const firings = await everything(
    (cursor) => orchestrator.listFirings({ session: id, limit: 500, order: "asc", cursor }),
    context,
    "firings",
  );
  const deliveries = await everything(
    (cursor) => orchestrator.listDeliveries({ session: id, limit: 500, order: "asc", cursor }),
    context,
    "deliveries",
  );
  const explanations = [];
  for (const trigger of options.explain ?? orchestrator.triggers.map(({ name }) => name)) {
    const { text } = await orchestrator.explain(id, trigger);
    explanations.push({ trigger, text });
  }
  return { session, activities, firings, deliveries, explanations };
}

function describe(session: Session): string[] {
  const { id, externalId, status, workflow, recipient, owner, summary, metadata } = session;
  const rows: [string, string][] = [
    ["session", externalId === null ? id : `${id} (${externalId})`],
    ["status", status],
    ["workflow", workflow],
    ["recipient", recipient === null ? "-" : (recipient.name ?? recipient.id)],
    [
      "owner",
      owner.kind === "nobody"
        ? "nobody"
        : `${owner.kind} ${owner.kind === "ai" ? owner.agent : owner.worker}`,
    ],
    ["created", moment(session.createdAt)],
    ["updated", moment(session.updatedAt)],
    ["expires", moment(session.expiresAt)],
    ["summary", summary ?? "-"],
    ["metadata", JSON.stringify(metadata)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}`);
}
