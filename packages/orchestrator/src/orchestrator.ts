import type {
  ChannelListing,
  ChannelSettingsInput,
  KillSwitch,
  KillSwitchTarget,
  Preview,
} from "@hybrid-orchestrator/channel-hub";
import {
  type Activity,
  type ActivityQuery,
  type Actor,
  type Channel,
  type Clock,
  type Delivery,
  type EventListener,
  type EventName,
  errorMessage,
  type Firing,
  type FiringQuery,
  type Logger,
  type NewActivity,
  type NewMessage,
  type NewUiAction,
  OrchestratorError,
  type OrchestratorEvent,
  type Page,
  type Plugin,
  type PurgeResult,
  type Role,
  type Route,
  type Session,
  type SessionQuery,
  type StorageStats,
  type Trigger,
  type TriggerInput,
  type UiAction,
} from "@hybrid-orchestrator/core";
import { acknowledgeRoutes } from "./acknowledge/page.js";
import { Acknowledgements } from "./api/acknowledgements.js";
import { ActivitiesApi, type RecordOptions } from "./api/activities.js";
import { type Answer, AnswersApi, type UserMessage } from "./api/answers.js";
import { ApprovalsApi } from "./api/approvals.js";
import { EscalationsApi } from "./api/escalations.js";
import { type Explanation, explain } from "./api/explain.js";
import { type DeliveryRecord, type DeliverySearch, MessagesApi, type Sent } from "./api/messages.js";
import { References, type SessionRef } from "./api/refs.js";
import {
  type CreateSession,
  SessionsApi,
  type SessionWithToken,
  type UpdateSession,
} from "./api/sessions.js";
import { SuppressionsApi } from "./api/suppressions.js";
import { UiApi } from "./api/ui.js";
import { WorkersApi } from "./api/workers.js";
import { type OrchestratorOptions, readOptions } from "./config.js";
import { scheduledLook } from "./decide/firings.js";
import { createHost } from "./plugins/host.js";
import { PluginLifecycle } from "./plugins/lifecycle.js";
import { Runtime } from "./runtime.js";
import { publicSession, type Resumption } from "./views.js";

/** Asks the agent again and again while a session is active. */
function lookEvery(seconds: number): TriggerInput {
  return {
    name: scheduledLook,
    condition: { type: "time_in_status", status: "active", seconds },
    action: { type: "ask_agent", reason: "It is time for another look." },
    status: ["active"],
    cooldownSeconds: seconds,
    maxFires: 1_000_000,
  };
}

export interface StatusOptions {
  readonly reason?: string;
  /** Who says so. Default: `system`. */
  readonly actor?: Actor;
}

export interface OrchestratorStats {
  readonly storage: StorageStats;
  readonly triggers: number;
  readonly channels: number;
  readonly plugins: number;
  readonly cache: { readonly sessions: number; readonly bytes: number };
  /** Inputs in line, and effects under way in this process. */
  readonly waiting: number;
  readonly inFlight: number;
}

/** Makes an orchestrator. Nothing is opened or started before the first call that needs it. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  return new Orchestrator(options);
}

/**
 * Watches sessions in which a user, AI agents and human workers act. Every method that changes something resolves when
 * the change is durable; what then has to happen outside follows while the orchestrator is started.
 *
 * Methods that take a session take its id, access token or external id. They throw an OrchestratorError:
 * `session_not_found`, `session_closed`, `session_expired`, `invalid_argument`, `storage_*`, and what they name.
 */
export class Orchestrator implements AsyncDisposable {
  /** Which channels there are. */
  readonly channels: {
    /** @throws OrchestratorError `duplicate_name` or `invalid_configuration` */
    register(channel: Channel, settings?: ChannelSettingsInput): void;
    /** Says whether there was one of that name. */
    unregister(name: string): boolean;
    list(): readonly ChannelListing[];
  };

  /** Addresses that are not to be written to any more. */
  readonly suppressions: SuppressionsApi;
  /** Stops what software says: in a workflow, on a channel, or by an agent, on every node of the database. */
  readonly killSwitches: {
    /** When this resolves, nothing of it begins to leave any more. What is engaged already stays as it is. */
    engage(target: KillSwitchTarget & { readonly reason: string }): Promise<KillSwitch>;
    /** Says whether it was engaged. */
    release(target: KillSwitchTarget): Promise<boolean>;
    list(): Promise<readonly KillSwitch[]>;
  };

  /** What people are asked for, and what they do about it. */
  readonly escalations: EscalationsApi;
  /** Actions that a human has to allow. */
  readonly approvals: ApprovalsApi;
  /** The people who can take over, and whether they are there. */
  readonly workers: WorkersApi;

  readonly #runtime: Runtime;
  readonly #lifecycle: PluginLifecycle;
  readonly #refs: References;
  readonly #sessions: SessionsApi;
  readonly #activities: ActivitiesApi;
  readonly #answers: AnswersApi;
  readonly #messages: MessagesApi;
  readonly #ui: UiApi;
  #readiness: Promise<void> | null = null;
  #ready = false;
  #stopped = false;

  constructor(options: OrchestratorOptions) {
    const runtime = new Runtime(options.storage, readOptions(options), options.delivery);
    this.#runtime = runtime;
    this.#refs = new References(runtime);
    this.#sessions = new SessionsApi(runtime, this.#refs);
    this.#activities = new ActivitiesApi(runtime, this.#refs);
    this.#answers = new AnswersApi(runtime, this.#activities);
    this.#messages = new MessagesApi(runtime, this.#refs);
    this.#ui = new UiApi(runtime, this.#refs);
    const acknowledgements = new Acknowledgements(runtime);
    if (runtime.callTokens !== null)
      for (const route of acknowledgeRoutes(runtime, acknowledgements, () => this.#use()))
        runtime.registry.routes.add(`${route.method} /hooks/${route.plugin}${route.path}`, route, null);
    const host = createHost(runtime, {
      refs: this.#refs,
      sessions: this.#sessions,
      activities: this.#activities,
      messages: this.#messages,
      ui: this.#ui,
      acknowledgements,
    });
    this.#lifecycle = new PluginLifecycle(host, runtime.logger);
    this.channels = {
      register: (channel, settings) => runtime.hub.register(channel, settings),
      unregister: (name) => runtime.hub.unregister(name),
      list: () => runtime.hub.list(),
    };
    this.escalations = new EscalationsApi(runtime, {
      refs: this.#refs,
      acknowledgements,
      ready: () => this.#use(),
    });
    this.approvals = new ApprovalsApi(runtime, this.#refs, () => this.#use());
    this.workers = new WorkersApi(runtime, () => this.#use());
    this.suppressions = new SuppressionsApi(runtime, () => this.#use());
    this.killSwitches = {
      engage: (target) => this.#use().then(() => runtime.killSwitches.engage(target)),
      release: (target) => this.#use().then(() => runtime.killSwitches.release(target)),
      list: () => this.#use().then(() => runtime.killSwitches.list()),
    };
    for (const plugin of options.plugins ?? []) this.#lifecycle.add(plugin);
    for (const trigger of options.triggers ?? []) runtime.addTrigger(trigger, null);
    const { everySeconds } = runtime.settings.agents;
    if (everySeconds !== null) runtime.addTrigger(lookEvery(everySeconds), null);
    if (options.triggers !== undefined || everySeconds !== null) this.#rebuildWhenComplete();
  }

  get clock(): Clock {
    return this.#runtime.settings.clock;
  }

  /** The logger it was given; never throws, and masks the field `error`. For servers and other shells around it. */
  get logger(): Logger {
    return this.#runtime.logger;
  }

  /** Whether its storage is open and its plugins run; from `start` (or the first call) to `stop`. */
  get ready(): boolean {
    return this.#ready && !this.#stopped;
  }

  /** Opens the storage, starts the plugins and the loops. After a failure nothing runs, and it may be tried again. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#makeReady();
    this.#runtime.mainLoop.start();
  }

  /** Waits for what is under way (bounded by `stopTimeoutMs`), stops the plugins in reverse, closes the storage. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#readiness?.catch(() => undefined);
    if (this.#ready) await this.#drain();
    await this.#lifecycle.stop();
    this.#ready = false;
    this.#readiness = null;
    await this.#runtime.storage.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Adds a plugin; one that is added to a running orchestrator starts at once. */
  async use(plugin: Plugin): Promise<void> {
    this.#lifecycle.add(plugin);
    if (!this.#ready) return;
    try {
      await this.#lifecycle.start();
      this.#runtime.rebuildRules();
      await this.#runtime.sinks.load();
    } catch (error) {
      await this.#lifecycle.remove(plugin);
      throw error;
    }
  }

  /** Calls `listener` after each commit with such an event. The returned function ends it. */
  on<Name extends EventName>(event: Name, listener: EventListener<Name>): () => void {
    return this.#runtime.bus.on(event, listener);
  }

  /** Durable events after a cursor, oldest first; keep `cursor` to go on from there, also after a restart. */
  async readEvents(
    query: { readonly after?: string | null; readonly session?: SessionRef; readonly limit?: number } = {},
  ): Promise<{
    readonly events: readonly OrchestratorEvent[];
    readonly cursor: string;
  }> {
    await this.#use();
    const { after = null, session, limit = 100 } = query;
    if (session === undefined) return this.#runtime.storage.readEvents({ after, limit });
    return this.#refs.with(session, ({ id }) =>
      this.#runtime.storage.readEvents({ after, limit, sessionId: id }),
    );
  }

  // Sessions

  /** @throws OrchestratorError `session_exists` where the external id is known and `ifExists` is not `return` */
  async createSession(session: CreateSession = {}): Promise<SessionWithToken> {
    await this.#use();
    return this.#sessions.create(session);
  }

  async getSession(ref: SessionRef): Promise<Session>;
  async getSession(
    ref: SessionRef,
    options: { readonly activities: number },
  ): Promise<Session & { readonly activities: readonly Activity[] }>;
  /** With `activities`: the newest so many as well, newest first. */
  async getSession(ref: SessionRef, options?: { readonly activities: number }): Promise<Session> {
    await this.#use();
    const session = await this.#sessions.get(ref);
    if (options === undefined) return session;
    const page = await this.#runtime.storage.listActivities({
      sessionId: session.id,
      limit: options.activities,
      order: "desc",
    });
    return { ...session, activities: page.items } as Session;
  }

  async listSessions(query: SessionQuery): Promise<Page<Session>> {
    await this.#use();
    const page = await this.#runtime.storage.listSessions(query);
    return {
      items: page.items.map((record) => publicSession(record)),
      nextCursor: page.nextCursor,
    };
  }

  /** State, summary, recent activities and blockers: what a new agent or a human needs to go on. */
  async resumeSession(ref: SessionRef): Promise<Resumption> {
    await this.#use();
    return this.#sessions.resumption(ref);
  }

  /**
   * Metadata is merged (RFC 7396), the rest replaced.
   * @throws OrchestratorError `revision_conflict` where `ifRevision` is given and is not the session's
   */
  async updateSession(
    ref: SessionRef,
    update: UpdateSession,
    options?: { readonly ifRevision?: number },
  ): Promise<Session> {
    await this.#use();
    return this.#sessions.update(ref, update, options);
  }

  /** What the next agent or human should know. */
  async setSummary(ref: SessionRef, summary: string | null): Promise<Session> {
    return this.updateSession(ref, { summary });
  }

  /** @throws OrchestratorError `invalid_transition` */
  async complete(ref: SessionRef, options?: StatusOptions): Promise<Session> {
    await this.#use();
    return this.#sessions.setStatus(ref, "completed", options);
  }

  /** The user has left; `resume` brings the session back. */
  async abandon(ref: SessionRef, options?: StatusOptions): Promise<Session> {
    await this.#use();
    return this.#sessions.setStatus(ref, "abandoned", options);
  }

  async cancel(ref: SessionRef, options?: StatusOptions): Promise<Session> {
    await this.#use();
    return this.#sessions.setStatus(ref, "cancelled", options);
  }

  /** A paused session takes activities and fires nothing. */
  async pause(ref: SessionRef, options?: StatusOptions): Promise<Session> {
    await this.#use();
    return this.#sessions.setStatus(ref, "paused", options);
  }

  /** Makes a paused or abandoned session active again. */
  async resume(ref: SessionRef, options?: StatusOptions): Promise<Session> {
    await this.#use();
    return this.#sessions.setStatus(ref, "active", options);
  }

  // Activities

  async recordActivity(ref: SessionRef, activity: NewActivity, options?: RecordOptions): Promise<Activity>;
  async recordActivity(
    ref: SessionRef,
    activities: readonly NewActivity[],
    options?: RecordOptions,
  ): Promise<readonly Activity[]>;
  /**
   * Records one activity, or a batch wholly or not at all. What it makes fire is part of the same commit.
   * @throws OrchestratorError `activity_in_future`, `invalid_json`, `data_too_large`, and with `ifEpoch` `stale_epoch`
   */
  async recordActivity(
    ref: SessionRef,
    input: NewActivity | readonly NewActivity[],
    options?: RecordOptions,
  ): Promise<Activity | readonly Activity[]> {
    if (!this.#ready || this.#stopped) await this.#use();
    if (Array.isArray(input)) return this.#activities.record(ref, input, options);
    const [activity] = await this.#activities.record(ref, [input as NewActivity], options);
    if (activity === undefined)
      throw new OrchestratorError("internal", "An activity was recorded and not returned.");
    return activity;
  }

  /**
   * Records what the user has written and lets the agent answer, as a stream. Where people have the session they are told
   * instead. When the agent fails, the stream ends with a word about it and a human is asked for.
   */
  async respond(
    ref: SessionRef,
    message: UserMessage,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Answer> {
    await this.#use();
    return this.#answers.respond(ref, message, options);
  }

  /** Lets an activity parser that a plugin registered turn something into activities, and records them. */
  async ingest(ref: SessionRef, parser: string, input: unknown): Promise<readonly Activity[]> {
    await this.#use();
    return this.#activities.ingest(ref, parser, input);
  }

  async listActivities(ref: SessionRef, query: Omit<ActivityQuery, "sessionId">): Promise<Page<Activity>> {
    await this.#use();
    return this.#refs.with(ref, ({ id }) =>
      this.#runtime.storage.listActivities({ ...query, sessionId: id }),
    );
  }

  // The user's screen

  async queueUiAction(ref: SessionRef, action: NewUiAction): Promise<UiAction> {
    await this.#use();
    return this.#ui.queue(ref, action);
  }

  /** For the client: what it is to do, in order. What is not acknowledged within 30 s is handed out again. */
  async takeUiActions(ref: SessionRef): Promise<readonly UiAction[]> {
    await this.#use();
    return this.#ui.take(ref);
  }

  /** For the client: it has done it. @throws OrchestratorError `not_found` */
  async acknowledgeUiAction(ref: SessionRef, id: string): Promise<UiAction> {
    await this.#use();
    return this.#ui.acknowledge(ref, id);
  }

  /** For the sender: whether it arrived. @throws OrchestratorError `not_found` */
  async getUiAction(ref: SessionRef, id: string): Promise<UiAction> {
    await this.#use();
    return this.#ui.get(ref, id);
  }

  // Triggers

  /** @throws OrchestratorError `invalid_trigger`, `duplicate_name` or `unknown_name` */
  addTrigger(trigger: TriggerInput): void {
    const name = this.#runtime.addTrigger(trigger, null);
    try {
      this.#rebuildWhenComplete();
    } catch (error) {
      this.#runtime.removeTrigger(name);
      throw error;
    }
  }

  /** Says whether there was one of that name. */
  removeTrigger(name: string): boolean {
    const removed = this.#runtime.removeTrigger(name);
    if (removed) this.#rebuildWhenComplete();
    return removed;
  }

  get triggers(): readonly Trigger[] {
    return this.#runtime.triggers();
  }

  /** Decides everything that is due now, and returns what fired. Sends nothing itself. */
  async checkTriggers(): Promise<readonly Firing[]> {
    await this.#use();
    await this.#runtime.mainLoop.beat();
    await this.#runtime.shell.idle();
    return this.#runtime.dueLoop.all();
  }

  /** Why a trigger fired in a session, or why not, in words, with the numbers. @throws OrchestratorError `unknown_name` */
  async explain(ref: SessionRef, trigger: string): Promise<Explanation> {
    await this.#use();
    return explain(this.#runtime, this.#refs, ref, trigger);
  }

  async listFirings(
    query: Omit<FiringQuery, "sessionId"> & { readonly session?: SessionRef },
  ): Promise<Page<Firing>> {
    await this.#use();
    const { session, ...rest } = query;
    if (session === undefined) return this.#runtime.storage.listFirings(rest);
    return this.#refs.with(session, ({ id }) =>
      this.#runtime.storage.listFirings({ ...rest, sessionId: id }),
    );
  }

  // Messages

  /** Queues a message; it leaves on the channel that suits, or on the next one. Resolves when that is durable. */
  async send(ref: SessionRef, message: NewMessage): Promise<Sent> {
    await this.#use();
    return this.#messages.send(ref, message);
  }

  /** Queues a message on every given channel, or on every one that reaches the recipient. */
  async broadcast(
    ref: SessionRef,
    message: NewMessage,
    options: { readonly channels?: readonly string[] } = {},
  ): Promise<readonly Sent[]> {
    await this.#use();
    return this.#messages.broadcast(ref, message, options.channels ?? null);
  }

  /** Which channels `send` would try now, in order, and why each other one would not be. */
  async preview(ref: SessionRef, message: NewMessage): Promise<Preview> {
    await this.#use();
    return this.#messages.preview(ref, message);
  }

  /** @throws OrchestratorError `not_found` */
  async getDelivery(id: string): Promise<DeliveryRecord> {
    await this.#use();
    return this.#messages.get(id);
  }

  /** Dead letters: `status: ["failed"]`. */
  async listDeliveries(query: DeliverySearch): Promise<Page<DeliveryRecord>> {
    await this.#use();
    return this.#messages.list(query);
  }

  /** Tries a dead letter again from the start. @throws OrchestratorError `not_found`, `invalid_delivery_state` */
  async replayDelivery(id: string): Promise<Delivery> {
    await this.#use();
    return this.#messages.replay(id);
  }

  // Everything else

  /** The routes that plugins registered; a server mounts them. */
  get routes(): readonly (Route & { readonly plugin: string })[] {
    return this.#runtime.registry.routes.values();
  }

  get roles(): readonly Role[] {
    return this.#runtime.registry.roles.values();
  }

  /** Whether it is ready and its storage answers. Opens nothing, so that it can be asked at any time. */
  async health(): Promise<{ readonly healthy: boolean; readonly detail?: string }> {
    if (!this.ready) return { healthy: false, detail: "The orchestrator is not running." };
    return this.#runtime.storage.health();
  }

  async stats(): Promise<OrchestratorStats> {
    await this.#use();
    const { waiting, ...cache } = this.#runtime.shell.stats;
    return {
      storage: await this.#runtime.storage.stats(),
      triggers: this.triggers.length,
      channels: this.channels.list().length,
      plugins: this.#lifecycle.names.length,
      cache,
      waiting,
      inFlight: this.#runtime.effectsLoop.inFlight,
    };
  }

  /**
   * Removes sessions that were closed before a moment and have not changed since, with all that is theirs, and what has
   * expired of tokens and keys. At most `limit` of each, by default 100; call again until both counts are less.
   */
  async purge(request: {
    readonly closedBefore: number;
    readonly workflow?: string;
    readonly limit?: number;
  }): Promise<PurgeResult> {
    await this.#use();
    return this.#runtime.storage.purge({ limit: 100, ...request, now: this.clock.now() });
  }

  /** Resolves when no input waits and nothing is being sent or run. */
  async idle(): Promise<void> {
    do {
      await this.#runtime.shell.idle();
      await this.#runtime.effectsLoop.idle();
    } while (this.#runtime.shell.stats.waiting > 0 || this.#runtime.effectsLoop.inFlight > 0);
  }

  async #drain(): Promise<void> {
    const { mainLoop, effectsLoop, shell, sinks, settings } = this.#runtime;
    try {
      await mainLoop.stop();
      await effectsLoop.stop(settings.stopTimeoutMs);
      await shell.idle();
      await sinks.flush();
      await this.#runtime.sayGoodbye();
    } catch (error) {
      // A storage that fails now must not keep the plugins from being stopped.
      settings.logger.error("Not everything could be finished before stopping.", {
        error: errorMessage(error),
      });
    }
  }

  /** Triggers may name conditions that plugins bring, so until those have started nothing can be checked. */
  #rebuildWhenComplete(): void {
    if (this.#ready || this.#lifecycle.names.length === 0) this.#runtime.rebuildRules();
  }

  async #use(): Promise<void> {
    if (this.#stopped)
      throw new OrchestratorError(
        "not_running",
        "The orchestrator has been stopped. Call start() to run it again.",
      );
    if (!this.#ready) await this.#makeReady();
  }

  async #makeReady(): Promise<void> {
    this.#readiness ??= this.#open();
    try {
      await this.#readiness;
    } catch (error) {
      this.#readiness = null;
      throw error;
    }
  }

  async #open(): Promise<void> {
    await this.#runtime.storage.open();
    try {
      await this.#runtime.directory.refresh();
      await this.#lifecycle.start();
      this.#runtime.rebuildRules();
      await this.#runtime.sinks.load();
    } catch (error) {
      await this.#lifecycle.stop();
      await this.#runtime.storage.close();
      throw error;
    }
    this.#ready = true;
  }
}
