import type {
  Channel,
  EscalationPolicyInput,
  InboundMessage,
  JsonObject,
  OutboundMessage,
  Plugin,
  PluginHost,
  Received,
  SendResult,
  UpdateOptions,
} from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { recordingChannel, track } from "./harness.js";

export const keys = [{ id: 1, secret: createSecret() }];
const url = "https://app.example/hooks/escalations/acknowledge?token={token}";

const policy: EscalationPolicyInput = {
  levels: [{ targets: [{ queue: "support" }], waitSeconds: 600 }],
  repeat: { times: 3 },
  onExhausted: { action: "back_to_ai" },
};

export interface Floor {
  readonly orchestrator: Orchestrator;
  readonly clock: VirtualClock;
  /** What left on the channel with buttons, and on the one with words alone. */
  readonly desk: OutboundMessage[];
  readonly sms: OutboundMessage[];
  readonly updates: { readonly message: OutboundMessage; readonly externalId: string }[];
  /** Hands in what came over a channel. */
  receive(message: Partial<InboundMessage> & { readonly channel: string }): Promise<Received>;
  /** A session with an open escalation, its calls sent. */
  call(changes?: JsonObject): Promise<{ readonly session: string; readonly escalation: string }>;
}

export interface FloorOptions {
  readonly acknowledge?: boolean;
  readonly ttlSeconds?: number;
  /** Default: in memory. */
  readonly path?: string;
  readonly clock?: VirtualClock;
  readonly policy?: EscalationPolicyInput;
  readonly update?: (externalId: string) => SendResult | Promise<SendResult>;
  readonly deskAnswer?: (message: OutboundMessage) => SendResult | Promise<SendResult>;
  readonly plugins?: readonly Plugin[];
  readonly options?: Partial<OrchestratorOptions>;
}

/**
 * Ann sits at a desk with buttons, Bob has a telephone, and both are in the queue `support`. The user has the number of
 * neither.
 */
export async function floor(given: FloorOptions = {}): Promise<Floor> {
  const { clock = virtualClock(Date.UTC(2026, 0, 5, 9)), path = ":memory:" } = given;
  const desk: OutboundMessage[] = [];
  const sms: OutboundMessage[] = [];
  const updates: { message: OutboundMessage; externalId: string }[] = [];
  let host: PluginHost | undefined;
  const deskChannel: Channel = {
    ...recordingChannel(
      "desk",
      desk,
      given.deskAnswer ?? (() => ({ outcome: "sent", externalId: `desk-${desk.length}` })),
      { twoWay: true, answers: "buttons" },
    ),
    canReach: ({ slackId }) => slackId !== undefined,
    destination: ({ slackId }) => slackId,
    async update(message: OutboundMessage, { externalId }: UpdateOptions) {
      updates.push({ message, externalId });
      return given.update?.(externalId) ?? { outcome: "sent" };
    },
  };
  const smsChannel: Channel = {
    ...recordingChannel("sms", sms, () => ({ outcome: "sent", externalId: `sms-${sms.length}` }), {
      twoWay: true,
      answers: "words",
      maxLength: 400,
    }),
    canReach: ({ phone }) => phone !== undefined,
    destination: ({ phone }) => phone,
  };
  const plugin: Plugin = {
    specVersion: 1,
    name: "channels",
    setup(made) {
      host = made;
      made.channel(deskChannel);
      made.channel(smsChannel);
    },
  };
  const { acknowledge = true, ttlSeconds = 86_400 } = given;
  const orchestrator = track(
    createOrchestrator({
      storage: sqliteStorage({ path }),
      clock,
      plugins: [plugin, ...(given.plugins ?? [])],
      escalation: {
        policies: { support: given.policy ?? policy },
        ...(acknowledge && { acknowledge: { keys, url, ttlSeconds } }),
      },
      ...given.options,
    }),
  );
  await orchestrator.start();
  const contacts = { ann: { slackId: "U0ANN" }, bob: { phone: "+436600000001" } };
  for (const [id, contact] of Object.entries(contacts)) {
    await orchestrator.workers.register({ id, name: id.toUpperCase(), queues: ["support"], contact });
    await orchestrator.workers.setPresence(id, "online");
  }
  let received = 0;
  return {
    orchestrator,
    clock,
    desk,
    sms,
    updates,
    async receive(message) {
      if (host === undefined) throw new Error("The plugin was not set up.");
      received += 1;
      return host.receive({ externalId: `in-${received}`, text: "", ...message });
    },
    async call(changes = {}) {
      const { id: session } = await orchestrator.createSession({
        recipient: { id: "user", name: "Ada", phone: "+436600000099" },
      });
      const opened = await orchestrator.escalations.open(session, { reason: "stuck", ...changes });
      await clock.advance(1_000);
      return { session, escalation: opened.id };
    },
  };
}

/** The value of a button of the newest message with such a one. */
export function buttonOf(sent: readonly OutboundMessage[], action: string): string {
  for (const { metadata } of sent.toReversed()) {
    const actions = (metadata.actions ?? []) as readonly { readonly id: string; readonly value: string }[];
    const found = actions.find(({ id }) => id === action);
    if (found !== undefined) return found.value;
  }
  throw new Error(`No message has the button ${action}.`);
}

/** The token of the link in the newest message with one. */
export function linkOf(sent: readonly OutboundMessage[]): string {
  for (const { content } of sent.toReversed()) {
    const [, token] = /token=([\w-]+)/.exec(content) ?? [];
    if (token !== undefined) return token;
  }
  throw new Error("No message has a link.");
}

/** What was refused, as the session's history tells it. */
export async function refusalsOf({ orchestrator }: Pick<Floor, "orchestrator">, session: string) {
  const { events } = await orchestrator.readEvents({ session, limit: 500 });
  return events.flatMap((event) =>
    event.type === "escalation.token_refused"
      ? [{ reason: event.data.reason, worker: event.data.worker }]
      : [],
  );
}

/** What was said in a session, and as whom. */
export async function saidIn({ orchestrator }: Pick<Floor, "orchestrator">, session: string) {
  const { items } = await orchestrator.listActivities({ id: session }, { limit: 100, order: "asc" });
  return items
    .filter(({ type }) => type === "message" || type === "worker_message")
    .map(({ type, actor, data }) => ({ type, actor, text: data.text }));
}
