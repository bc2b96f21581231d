import {
  type ChannelHub,
  createChannelHub,
  createDispatcher,
  createGates,
  type Dispatcher,
  type Gates,
  type HubPolicyInput,
} from "@hybrid-orchestrator/channel-hub";
import {
  createId,
  errorMessage,
  type Logger,
  OrchestratorError,
  type SessionChange,
  type Storage,
  type TransientEvents,
  type Trigger,
  type TriggerInput,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { createRuleSet, parseTrigger, type RuleSet } from "@hybrid-orchestrator/triggers";
import { Refusals } from "./acknowledge/refusals.js";
import { type CallTokens, callTokens } from "./acknowledge/tokens.js";
import { checkTriggerTexts } from "./api/trigger-texts.js";
import type { Settings } from "./config.js";
import type { Input } from "./decide/decide.js";
import type { Rulebook } from "./decide/rulebook.js";
import type { Notices, PendingCondition, SessionWork } from "./decide/work.js";
import { Addresses } from "./delivery/addresses.js";
import { KillSwitches } from "./delivery/kill-switches.js";
import { Threads } from "./delivery/threads.js";
import { EventBus } from "./event-bus.js";
import { DueLoop } from "./loops/due-loop.js";
import { EffectsLoop } from "./loops/effects-loop.js";
import { MainLoop } from "./loops/main-loop.js";
import { createOutbox } from "./loops/outbox.js";
import { Retention } from "./loops/retention.js";
import { Sinks } from "./loops/sinks.js";
import { checkNames } from "./plugins/names.js";
import { Registry } from "./plugins/registry.js";
import { Shell } from "./shell/shell.js";
import { StaffDirectory } from "./staff/directory.js";
import { escalationRules } from "./staff/rules.js";

/** The parts of one running orchestrator, and what they share. It wires; it decides nothing. */
export class Runtime {
  readonly node: string;
  readonly bus = new EventBus();
  readonly registry = new Registry();
  readonly hub: ChannelHub;
  readonly gates: Gates = createGates();
  readonly addresses = new Addresses(this);
  readonly threads = new Threads(this);
  readonly killSwitches = new KillSwitches(this);
  readonly shell: Shell;
  dispatcher: Dispatcher;
  readonly dueLoop: DueLoop;
  readonly effectsLoop: EffectsLoop;
  readonly mainLoop: MainLoop;
  readonly sinks: Sinks;
  readonly retention: Retention;
  readonly directory: StaffDirectory;
  /** Null: calls for workers carry nothing to answer them by. */
  readonly callTokens: CallTokens | null;
  readonly refusals = new Refusals(this);
  /** Rules of the other living nodes on this database. */
  otherRules: readonly string[] = [];
  #rulebook: Rulebook;
  readonly #triggers = new Map<string, { readonly trigger: Trigger; readonly plugin: string | null }>();

  constructor(
    readonly storage: Storage,
    readonly settings: Settings,
    delivery: HubPolicyInput | undefined,
  ) {
    this.node = settings.node ?? createId(settings.clock.now());
    this.hub = createChannelHub(delivery === undefined ? {} : { policy: delivery });
    this.directory = new StaffDirectory(this, {
      schedules: settings.escalation?.schedules ?? {},
      presenceGraceMs: Math.round((settings.escalation?.presenceGraceSeconds ?? 30) * 1_000),
    });
    const acknowledge = settings.escalation?.acknowledge;
    this.callTokens = acknowledge === undefined ? null : callTokens(acknowledge);
    this.#rulebook = this.#makeRulebook(this.#makeRules([]));
    this.shell = new Shell({
      storage,
      rulebook: () => this.#rulebook,
      maxCacheBytes: settings.maxCacheBytes,
      committed: (change) => this.#committed(change),
      noticed: (sessionId, notices) => this.#noticed(sessionId, notices),
    });
    this.dispatcher = this.newDispatcher();
    this.dueLoop = new DueLoop(this);
    this.effectsLoop = new EffectsLoop(this);
    this.mainLoop = new MainLoop(this);
    this.sinks = new Sinks(this);
    this.retention = new Retention(this);
  }

  /** A dispatcher that was stopped stays stopped; another start takes a new one. */
  newDispatcher(): Dispatcher {
    const { clock, logger } = this.settings;
    return createDispatcher({ hub: this.hub, outbox: createOutbox(this), clock, logger, gates: this.gates });
  }

  get logger(): Logger {
    return this.settings.logger;
  }

  rulebook(): Rulebook {
    return this.#rulebook;
  }

  /** Puts an input that arrives now into a session's line. */
  submit<Value>(
    sessionId: string,
    apply: (work: SessionWork) => Value,
    extra: Omit<Input<Value>, "apply" | "receivedAt"> = {},
  ): Promise<Value> {
    return this.shell.submit(sessionId, { receivedAt: this.settings.clock.now(), apply, ...extra });
  }

  /** Tells the main loop that there may be work for it. */
  wakeLoop(): void {
    this.mainLoop.notify(this.settings.clock.now());
  }

  triggers(): readonly Trigger[] {
    return [...this.#triggers.values()].map(({ trigger }) => trigger);
  }

  hasTrigger(name: string): boolean {
    return this.#triggers.has(name);
  }

  /**
   * Takes a trigger in; it counts from the next {@link rebuildRules} on. Returns its name.
   * @throws OrchestratorError `invalid_trigger` or `duplicate_name`
   */
  addTrigger(input: TriggerInput, plugin: string | null): string {
    const trigger = parseTrigger(input);
    const { name } = trigger;
    checkTriggerTexts(trigger, this.settings.resumeUrl !== undefined);
    if (this.#triggers.has(name)) {
      const from = plugin === null ? "" : ` Plugin ${plugin} brings another.`;
      throw new OrchestratorError(
        "duplicate_name",
        `A trigger named ${name} exists already.${from} Remove the first, or choose another name.`,
      );
    }
    this.#triggers.set(name, { trigger, plugin });
    return name;
  }

  removeTrigger(name: string): boolean {
    return this.#triggers.delete(name);
  }

  removeTriggersOf(plugin: string): void {
    for (const [name, entry] of this.#triggers) if (entry.plugin === plugin) this.#triggers.delete(name);
  }

  /**
   * Makes triggers, conditions and agents as they are now count for every decision from here on.
   * @throws OrchestratorError `unknown_name` where a trigger or an option names what nobody registered
   */
  rebuildRules(): void {
    const triggers = this.triggers();
    checkNames({ triggers, registry: this.registry, defaultAgent: this.settings.defaultAgent });
    const rules = this.#makeRules(triggers);
    const changed = rules.hash !== this.#rulebook.rules.hash;
    this.#rulebook = this.#makeRulebook(changed ? rules : this.#rulebook.rules);
    this.shell.dropCache();
    if (!changed) return;
    this.dueLoop.rulesChanged();
    this.wakeLoop();
  }

  async heartbeat(now: number, ttlMs: number): Promise<void> {
    const rulesHash = this.#rulebook.rules.hash;
    const others = await this.storage.heartbeat({ node: this.node, rulesHash, now, ttlMs });
    const different = others.filter((hash) => hash !== rulesHash);
    if (different.length < this.otherRules.length) this.dueLoop.rulesChanged();
    this.otherRules = different;
  }

  /** This node ends: others need not wait until it counts as dead. */
  async sayGoodbye(): Promise<void> {
    await this.heartbeat(this.settings.clock.now(), 0);
  }

  /** An event of this process alone. */
  report<Name extends Exclude<keyof TransientEvents, "inbound.unmatched">>(
    type: Name,
    data: TransientEvents[Name],
    sessionId: string | null = null,
  ): void {
    this.logger.warn(type, { ...data });
    this.bus.emit({ type, sessionId, at: this.settings.clock.now(), data } as Parameters<
      EventBus["emit"]
    >[0]);
  }

  #makeRules(triggers: readonly Trigger[]): RuleSet {
    return createRuleSet(triggers, {
      conditions: Object.fromEntries(this.registry.conditions.entries()),
      maxFiresPerSession: this.settings.maxFiresPerSession,
    });
  }

  #makeRulebook(rules: RuleSet): Rulebook {
    const { agents } = this.registry;
    const defaultAgent = this.settings.defaultAgent ?? agents.names()[0] ?? null;
    const canSummarize = defaultAgent !== null && agents.get(defaultAgent)?.summarize !== undefined;
    return {
      rules,
      hub: this.hub,
      defaultAgent,
      agents: { ...this.settings.agents, summarizer: canSummarize ? defaultAgent : null },
      escalation: escalationRules(this),
    };
  }

  #committed(change: SessionChange): void {
    if (change.session.dueAt != null) this.mainLoop.notify(change.session.dueAt);
    if (change.effects !== undefined) {
      const now = this.settings.clock.now();
      for (const { dueAt } of change.effects) if (dueAt !== null) this.mainLoop.notify(Math.max(dueAt, now));
    }
    this.bus.emitChange(change);
  }

  #noticed(sessionId: string, { errors, pending }: Notices): void {
    for (const error of errors) this.report("trigger.error", error, sessionId);
    for (const condition of pending) void this.#awaitCondition(sessionId, condition);
  }

  async #awaitCondition(sessionId: string, { trigger, leaf, promise }: PendingCondition): Promise<void> {
    const { clock, conditionTimeoutMs } = this.settings;
    try {
      const holds = await withTimeout(
        { clock, timeoutMs: conditionTimeoutMs, name: `The condition of trigger ${trigger}` },
        () => promise,
      );
      await this.submit(sessionId, (work) => work.settleCondition(trigger, leaf, holds === true));
    } catch (error) {
      this.report("trigger.error", { trigger, error: errorMessage(error) }, sessionId);
    }
  }
}
