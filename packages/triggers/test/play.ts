import type {
  Activity,
  Actor,
  JsonObject,
  Session,
  SessionStatus,
  TriggerInput,
} from "@hybrid-orchestrator/core";
import { createRuleSet, parseTrigger, type RuleSetOptions } from "../src/index.js";
import { createdAt, EngineSubject, type Fired, newSession, World } from "./world.js";

/** A trigger for tests: named, and with an action that changes nothing. */
export function rule(condition: TriggerInput["condition"], fields: Partial<TriggerInput> = {}): TriggerInput {
  return { name: "rule", action: { type: "ui_action", action: "show" }, ...fields, condition };
}

/** Plays a session by hand; times are seconds since its creation. */
export class Play {
  readonly engine: EngineSubject;
  readonly world: World;

  constructor(
    triggers: TriggerInput | readonly TriggerInput[],
    options: RuleSetOptions = {},
    session: Partial<Session> = {},
  ) {
    const parsed = [triggers].flat().map((trigger) => parseTrigger(trigger));
    const created = newSession(session);
    this.engine = new EngineSubject(createRuleSet(parsed, options), created);
    this.world = new World(this.engine, parsed, created);
  }

  /** Lets time pass until then. */
  until(seconds: number): this {
    this.world.advanceTo(createdAt + seconds * 1_000);
    return this;
  }

  /** An activity at that time. */
  does(seconds: number, type: string, data: JsonObject = {}, actor: Actor = "user"): this {
    this.until(seconds);
    return this.late(seconds, type, data, actor);
  }

  /** An activity that arrives now and occurred then. */
  late(seconds: number, type: string, data: JsonObject = {}, actor: Actor = "user"): this {
    this.world.append({ type, actor, data, occurredAt: createdAt + seconds * 1_000 });
    return this;
  }

  changes(seconds: number, fieldId: string, value?: string | number): this {
    return this.does(seconds, "field_change", value === undefined ? { fieldId } : { fieldId, value });
  }

  becomes(seconds: number, status: SessionStatus): this {
    this.until(seconds).world.setStatus(status);
    return this;
  }

  metadata(seconds: number, patch: JsonObject): this {
    this.until(seconds).world.setMetadata(patch);
    return this;
  }

  /** What fired: `name@seconds`. */
  get fired(): string[] {
    return this.engine.fired.map(({ trigger, at }) => `${trigger}@${(at - createdAt) / 1_000}`);
  }

  /** When it fired, where there is one trigger. */
  get times(): number[] {
    return this.engine.fired.map(({ at }) => (at - createdAt) / 1_000);
  }

  get matches(): readonly Fired[] {
    return this.engine.fired;
  }

  get last(): Activity | undefined {
    return this.world.log.at(-1);
  }

  explain(trigger = "rule") {
    return this.engine.trackers.explain(this.world.session, trigger, this.world.evaluatedAt);
  }
}
