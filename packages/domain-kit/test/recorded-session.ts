import { readFileSync } from "node:fs";
import {
  type Channel,
  type JsonObject,
  type NewRecipient,
  type Plugin,
  parseJson,
  type Recipient,
} from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";

/** The first line of a recorded session; each other line is one of its entries, in the order of `at`. */
interface Header {
  readonly start: string;
  readonly session: {
    readonly workflow: string;
    readonly recipient: NewRecipient;
    readonly metadata: JsonObject;
  };
  /** Which parser reads events that name none. */
  readonly parser: string;
  /** How long it is looked at, in seconds from the start. */
  readonly untilSeconds: number;
}

/** In seconds from the start: what a domain's system sent, or what the application did with the session. */
type Entry = { readonly at: number } & (
  | { readonly event: unknown; readonly parser?: string }
  | { readonly metadata: JsonObject }
  | { readonly status: "abandon" | "resume" | "complete" | "pause" }
);

export interface Relived {
  readonly events: number;
  /** `SECONDS TRIGGER`, in order. */
  readonly fired: readonly string[];
  /** `SECONDS CHANNEL to AUDIENCE: TEXT`, as they left. */
  readonly sent: readonly string[];
  /** `SECONDS CODE` or what became of an action. */
  readonly escalated: readonly string[];
  /** By the moments that were asked for: `KIND SEVERITY: DESCRIPTION`. */
  readonly blockers: Readonly<Record<number, readonly string[]>>;
  /** Commands for the user's screen. */
  readonly uiActions: readonly string[];
  /** Everything that was kept of the events, as JSON text. */
  readonly kept: string;
}

/**
 * Lives a recorded session through in an orchestrator on SQLite, with a clock that stands still between its entries, and
 * channels as many organisations have them.
 */
export async function relive(
  url: URL,
  plugin: Plugin,
  options: { readonly blockersAt: readonly number[]; readonly resumeUrl?: string },
): Promise<Relived> {
  const [header, ...entries] = readFileSync(url, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => parseJson(line)) as [Header, ...Entry[]];
  const start = Date.parse(header.start);
  const clock = virtualClock(start);
  const seconds = (at: number) => (at - start) / 1_000;
  const sent: string[] = [];
  const escalated: string[] = [];
  const blockers: Record<number, readonly string[]> = {};

  await using orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    random: () => 0.5,
    plugins: [
      plugin,
      channelsPlugin((channel, audience, text) =>
        sent.push(`${seconds(clock.now())} ${channel} to ${audience}: ${text}`),
      ),
    ],
    ...(options.resumeUrl !== undefined && { resumeUrl: options.resumeUrl }),
  });
  orchestrator.on("escalation.requested", ({ at, data }) => {
    escalated.push(`${seconds(at)} ${data.requestedBy}: ${data.reason}`);
  });
  await orchestrator.start();
  const { id } = await orchestrator.createSession({ ...header.session, ttlSeconds: null });

  const look = async (at: number) => {
    await clock.advanceTo(start + at * 1_000);
    const resumption = await orchestrator.resumeSession(id);
    blockers[at] = resumption.blockers.map(
      ({ kind, severity, description }) => `${kind} ${severity}: ${description}`,
    );
  };
  const looks = [...options.blockersAt].sort((a, b) => a - b);
  for (const entry of entries) {
    while (looks[0] !== undefined && looks[0] < entry.at) await look(looks.shift() as number);
    await clock.advanceTo(start + entry.at * 1_000);
    if ("event" in entry) await orchestrator.ingest(id, entry.parser ?? header.parser, entry.event);
    else if ("metadata" in entry) await orchestrator.updateSession(id, { metadata: entry.metadata });
    else await orchestrator[entry.status](id);
  }
  for (const at of looks) await look(at);
  await clock.advanceTo(start + header.untilSeconds * 1_000);
  await orchestrator.idle();

  const firings = await orchestrator.listFirings({ session: id, limit: 200, order: "asc" });
  const activities = await orchestrator.listActivities(id, { limit: 200, order: "asc" });
  const session = await orchestrator.getSession(id);
  const uiActions = session.status === "active" ? await orchestrator.takeUiActions(id) : [];
  return {
    events: entries.length,
    fired: firings.items.map(({ firedAt, trigger }) => `${seconds(firedAt)} ${trigger}`),
    sent,
    escalated,
    blockers,
    uiActions: uiActions.map(({ type, data }) => `${type} ${JSON.stringify(data)}`),
    kept: JSON.stringify(activities.items),
  };
}

/** Telephone and text message for whoever has a number, e-mail for users with an address, two surfaces for workers. */
function channelsPlugin(told: (channel: string, audience: string, text: string) => void): Plugin {
  const channel = (
    name: string,
    audience: "user" | "worker" | "both",
    canReach: (recipient: Recipient) => boolean,
  ): Channel => ({
    name,
    capabilities: { idempotent: true, twoWay: false, statusCallbacks: false, richText: false, audience },
    canReach,
    async send(message) {
      told(name, message.audience, message.content);
      return { outcome: "sent" };
    },
  });
  const channels = [
    channel("voice", "both", ({ phone }) => phone !== undefined),
    channel("sms", "both", ({ phone }) => phone !== undefined),
    channel("email", "user", ({ email }) => email !== undefined),
    channel("slack", "worker", () => true),
    channel("dashboard", "worker", () => true),
  ];
  return {
    specVersion: 1,
    name: "channels",
    setup(host) {
      for (const each of channels) host.channel(each);
    },
  };
}
