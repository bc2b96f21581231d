import {
  type ActionFunction,
  type ActivityParser,
  type Agent,
  type BlockerDetector,
  type Channel,
  type Clock,
  type ConditionFunction,
  type DeliveryReport,
  type InboundMessage,
  type JsonObject,
  type Logger,
  type PluginHost,
  type PluginSessions,
  type Received,
  type Role,
  type Route,
  silentLogger,
  type Tool,
  type TriggerInput,
} from "@hybrid-orchestrator/core";
import { virtualClock } from "./virtual-clock.js";

export interface RecordingHostOptions {
  /** Default: a virtual clock. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
  /** What becomes of messages that are handed in. Default: they are recorded. */
  readonly receive?: (message: InboundMessage) => Received;
  /** Default: none, and each use of them is an error. */
  readonly sessions?: PluginSessions;
}

const refuse = (): never => {
  throw new Error("This host has no sessions. Pass some to recordingHost, or use an orchestrator.");
};
const noSessions: PluginSessions = {
  open: refuse,
  get: refuse,
  activities: refuse,
  record: refuse,
  queueUiAction: refuse,
  send: refuse,
  requestHuman: refuse,
};

/** A host that keeps what a plugin registers and does nothing with it. Names are not checked for duplicates. */
export interface RecordingHost {
  readonly host: PluginHost;
  readonly channels: Channel[];
  readonly agents: Agent[];
  readonly tools: Tool[];
  readonly triggers: TriggerInput[];
  readonly conditions: { name: string; evaluate: ConditionFunction }[];
  readonly actions: { name: string; run: ActionFunction }[];
  readonly roles: Role[];
  readonly policies: { name: string; policy: JsonObject }[];
  readonly preferences: { need: string; channels: readonly string[] }[];
  readonly parsers: { name: string; parse: ActivityParser }[];
  readonly detectors: { name: string; detect: BlockerDetector }[];
  readonly routes: Route[];
  readonly listeners: { event: string; listener: unknown }[];
  readonly sinks: { name: string; write: unknown }[];
  readonly received: InboundMessage[];
  readonly reports: DeliveryReport[];
  /** Ends the plugin as an orchestrator does: aborts the signal, then calls what was given to `onStop`, in reverse. */
  stop(): Promise<void>;
}

export function recordingHost(options: RecordingHostOptions = {}): RecordingHost {
  const { clock = virtualClock(), logger = silentLogger } = options;
  const controller = new AbortController();
  const stops: (() => void | Promise<void>)[] = [];
  const kept: Omit<RecordingHost, "host" | "stop"> = {
    channels: [],
    agents: [],
    tools: [],
    triggers: [],
    conditions: [],
    actions: [],
    roles: [],
    policies: [],
    preferences: [],
    parsers: [],
    detectors: [],
    routes: [],
    listeners: [],
    sinks: [],
    received: [],
    reports: [],
  };
  const host: PluginHost = {
    logger,
    clock,
    signal: controller.signal,
    async receive(message) {
      kept.received.push(message);
      return options.receive?.(message) ?? { status: "recorded", sessionId: message.session ?? "session" };
    },
    sessions: options.sessions ?? noSessions,
    reportStatus: async (report) => void kept.reports.push(report),
    channel: (channel) => void kept.channels.push(channel),
    agent: (agent) => void kept.agents.push(agent),
    tool: (tool) => void kept.tools.push(tool),
    trigger: (trigger) => void kept.triggers.push(trigger),
    condition: (name, evaluate) => void kept.conditions.push({ name, evaluate }),
    action: (name, run) => void kept.actions.push({ name, run }),
    role: (role) => void kept.roles.push(role),
    policy: (name, policy) => void kept.policies.push({ name, policy }),
    channelPreference: (need, channels) => void kept.preferences.push({ need, channels }),
    activityParser: (name, parse) => void kept.parsers.push({ name, parse }),
    blockerDetector: (name, detect) => void kept.detectors.push({ name, detect }),
    route: (route) => void kept.routes.push(route),
    on: (event, listener) => void kept.listeners.push({ event, listener }),
    sink: (name, write) => void kept.sinks.push({ name, write }),
    onStop: (stop) => void stops.push(stop),
  };
  return {
    ...kept,
    host,
    async stop() {
      controller.abort();
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
