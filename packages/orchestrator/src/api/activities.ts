import {
  type Activity,
  createId,
  type NewActivity,
  newActivitySchema,
  OrchestratorError,
  parseWith,
  storableText,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import { type PreparedActivity, type Recorded, recordActivities } from "../decide/activities.js";
import type { Input } from "../decide/decide.js";
import type { SessionWork } from "../decide/work.js";
import { maxActivitiesPerCall, maxActivityBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import type { References, SessionRef } from "./refs.js";

export interface RecordOptions {
  /** A second call with the same key records nothing and returns what the first recorded. Kept for 7 days. */
  readonly idempotencyKey?: string;
  /** Recorded only while the session's `ownershipEpoch` is this one: what was written for one owner counts under no other. */
  readonly ifEpoch?: number;
}

/** An activity without its data. */
type Envelope = Omit<z.output<typeof newActivitySchema>, "data">;

/** Types come from users, so what is remembered about them must be bounded. */
const maxBareTypes = 1_000;

export class ActivitiesApi {
  /**
   * What the schema made of activities that had a type and data alone, by type: with all else absent nothing but the
   * type can be wrong, so the next one of that type need not be checked again.
   */
  readonly #bareTypes = new Map<string, Envelope>();

  constructor(
    readonly runtime: Runtime,
    readonly refs: References,
  ) {}

  async record(
    ref: SessionRef,
    inputs: readonly NewActivity[],
    options: RecordOptions = {},
  ): Promise<readonly Activity[]> {
    const { sessionId, recorded } = await this.submit(ref, inputs, options);
    return recorded.repeated
      ? this.#recordedBefore(sessionId, recorded.fromSeq, inputs.length)
      : recorded.activities;
  }

  /** Records them and does `also` in the same decision, unless they had been recorded before. */
  async submit(
    ref: SessionRef,
    inputs: readonly NewActivity[],
    options: RecordOptions = {},
    also: (work: SessionWork) => void = () => {},
  ): Promise<{ readonly sessionId: string; readonly recorded: Recorded }> {
    const now = this.runtime.settings.clock.now();
    const prepared = this.#prepare(inputs, now);
    const idempotencyKey = checkedKey(options.idempotencyKey);
    const ifEpoch = parseWith(epoch, options.ifEpoch, { name: "ifEpoch" });
    const input = (tokenHash: string | undefined): Input<Recorded> => ({
      receivedAt: now,
      ownTiming: true,
      apply(work) {
        const recorded = recordActivities(work, prepared, {
          idempotencyKey,
          ...(ifEpoch !== undefined && { ifEpoch }),
        });
        if (!recorded.repeated) also(work);
        return recorded;
      },
      ...(tokenHash !== undefined && { tokenHash }),
      ...(idempotencyKey !== null && { idempotencyKey }),
    });
    let sessionId = "";
    const recorded = await this.refs.with(ref, ({ id, tokenHash }) => {
      sessionId = id;
      return this.runtime.shell.submit(id, input(tokenHash));
    });
    return { sessionId, recorded };
  }

  /** Lets a registered parser turn something into activities, and records them. */
  async ingest(ref: SessionRef, parserName: string, input: unknown): Promise<readonly Activity[]> {
    const parser = this.runtime.registry.parsers.require(parserName, "The call");
    const activities = parser(input);
    return activities.length === 0 ? [] : this.record(ref, activities);
  }

  /** @throws OrchestratorError for the first activity that cannot be recorded; then none is. */
  #prepare(inputs: readonly NewActivity[], now: number): PreparedActivity[] {
    if (inputs.length === 0 || inputs.length > maxActivitiesPerCall) {
      throw new OrchestratorError(
        "invalid_argument",
        `Pass 1 to ${maxActivitiesPerCall} activities in one call, not ${inputs.length}.`,
      );
    }
    return inputs.map((input, index) => {
      const name = inputs.length === 1 ? "activity" : `activity at index ${index}`;
      const { type, actor, channel, occurredAt } = this.#read(input, name);
      const { data } = input;
      if (occurredAt !== undefined && occurredAt > now) {
        throw new OrchestratorError(
          "activity_in_future",
          `The ${name} says it occurred ${occurredAt - now} ms later than now. Leave occurredAt out to use the time of receipt.`,
        );
      }
      return {
        id: createId(now),
        type,
        actor,
        channel: channel ?? null,
        data:
          data === undefined
            ? {}
            : toJsonObject(data, { name: `data of the ${name}`, maxBytes: maxActivityBytes }),
        occurredAt: occurredAt ?? now,
        createdAt: now,
      };
    });
  }

  #read(input: NewActivity, name: string): Envelope {
    const bare = isBare(input);
    const known = bare ? this.#bareTypes.get(input.type) : undefined;
    if (known !== undefined) return known;
    const { data: _, ...envelope } = parseWith(newActivitySchema, input, { name });
    if (bare && this.#bareTypes.size < maxBareTypes) this.#bareTypes.set(envelope.type, envelope);
    return envelope;
  }

  async #recordedBefore(sessionId: string, fromSeq: number, count: number): Promise<readonly Activity[]> {
    const limit = Math.min(Math.max(count, 1), 500);
    const { storage } = this.runtime;
    const activities: Activity[] = [];
    while (activities.length < count) {
      const page = await storage.listActivities({
        sessionId,
        afterSeq: fromSeq - 1 + activities.length,
        order: "asc",
        limit,
      });
      if (page.items.length === 0) break;
      activities.push(...page.items);
    }
    return activities.slice(0, count);
  }
}

/** Whether it is a plain object of a type and data, and nothing else. */
function isBare(input: NewActivity): boolean {
  if (typeof input !== "object" || input === null || Object.getPrototypeOf(input) !== Object.prototype)
    return false;
  for (const key in input) if (key !== "type" && key !== "data") return false;
  return true;
}

const epoch = z.int().nonnegative().optional();

function checkedKey(key: string | undefined): string | null {
  return key === undefined ? null : parseWith(storableText, key, { name: "idempotency key" });
}
