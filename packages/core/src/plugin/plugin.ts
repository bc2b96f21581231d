import type { Clock } from "../clock.js";
import type { EventListener, EventName, OrchestratorEvent } from "../events.js";
import type { JsonObject } from "../json.js";
import type { Logger } from "../logger.js";
import type { StandardSchemaV1 } from "../standard-schema.js";
import type { Storage } from "../storage.js";
import type { Activity, NewActivity } from "../vocabulary/activity.js";
import type { Blocker } from "../vocabulary/blocker.js";
import type { DeliveryReport } from "../vocabulary/delivery.js";
import type { Session } from "../vocabulary/session.js";
import type { ActionFunction, ConditionFunction, TriggerInput } from "../vocabulary/trigger.js";
import type { Agent } from "./agent.js";
import type { Channel, InboundMessage, Received } from "./channel.js";
import type { PluginSessions } from "./sessions.js";
import type { Tool } from "./tool.js";

/** A value that brings something to an orchestrator. The whole contract stands on this screen. */
export interface Plugin {
  /** The version of this contract it was written for. */
  readonly specVersion: 1;
  readonly name: string;
  /** Registers what it brings. Called once at each start; may be called again after a failed start. */
  setup(host: PluginHost): void | Promise<void>;
}

/** What a plugin can register, and what it is given. */
export interface PluginHost {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborted when the orchestrator stops. */
  readonly signal: AbortSignal;
  /**
   * Hands in a message from outside: it becomes an activity of its session. Resolves when that is durable.
   * @throws OrchestratorError `invalid_argument`, `storage_*`
   */
  receive(message: InboundMessage): Promise<Received>;
  /** Reports what became of a message that was sent. Resolves when that is durable. */
  reportStatus(report: DeliveryReport): Promise<void>;
  readonly sessions: PluginSessions;

  channel(channel: Channel): void;
  agent(agent: Agent): void;
  /** Something that agents can have done. */
  tool(tool: Tool): void;
  trigger(trigger: TriggerInput): void;
  /** A condition that triggers name with `{ type: "custom", evaluate: NAME }`. */
  condition(name: string, evaluate: ConditionFunction): void;
  /** An action that triggers name with `{ type: "custom", run: NAME }`. */
  action(name: string, run: ActionFunction): void;
  role(role: Role): void;
  policy(name: string, policy: JsonObject): void;
  /** Which channels suit a need, best first; goes before the hub's own table. */
  channelPreference(need: string, channels: readonly string[]): void;
  /** Turns what a domain's systems send into activities. */
  activityParser(name: string, parse: ActivityParser): void;
  blockerDetector(name: string, detect: BlockerDetector): void;
  /** A route for callbacks and inbound messages; a server mounts it under `/hooks/PLUGIN`. */
  route(route: Route): void;
  on<Name extends EventName>(event: Name, listener: EventListener<Name>): void;
  /** Gets every committed event, in order, e.g. for a warehouse. */
  sink(name: string, write: (events: readonly OrchestratorEvent[]) => void | Promise<void>): void;
  /** Called when the orchestrator stops, in reverse order of registration. */
  onStop(stop: () => void | Promise<void>): void;
}

export interface Role {
  readonly name: string;
  readonly kind: "ai" | "human";
  readonly description?: string;
  readonly skills?: readonly string[];
}

export type ActivityParser = (input: unknown) => readonly NewActivity[];

export type BlockerDetector = (input: {
  readonly session: Session;
  readonly activities: readonly Activity[];
  readonly now: number;
}) => readonly Blocker[];

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the plugin's own prefix, e.g. `/status`; empty for the prefix itself. */
  readonly path: string;
  handle(request: Request): Promise<Response>;
}

/** What a plugin package exports so that a configuration file can name it. Any Standard Schema library serves. */
export interface PluginDescriptor<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly name: string;
  readonly config: Schema;
  create(config: StandardSchemaV1.InferOutput<Schema>): Plugin;
}

/** What a storage package exports for the same purpose. */
export interface StorageDescriptor<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly kind: "storage";
  readonly name: string;
  readonly config: Schema;
  create(config: StandardSchemaV1.InferOutput<Schema>): Storage;
}
