import {
  type BlockerDetector,
  blockerSchema,
  newActivitySchema,
  type Plugin,
  triggerSchema,
} from "@hybrid-orchestrator/core";
import { type RecordingHost, recordingHost } from "./recording-host.js";
import { sampleActivity, sampleSession } from "./samples.js";
import { deepFreeze, hostileData, problemsWith } from "./suite-helpers.js";
import type { SuiteRunner } from "./suite-runner.js";

export interface DomainSuiteOptions extends SuiteRunner {
  readonly name: string;
  /** A new plugin of the domain. */
  readonly create: () => Plugin;
  /** What its triggers' names begin with, before a `.`, `:` or `/`. Default: the plugin's name. */
  readonly namespace?: string;
  /** For each activity parser, what its domain's systems really send. */
  readonly samples?: Readonly<Record<string, readonly unknown[]>>;
}

/** Declares the tests that every domain must pass. */
export function domainSuite(options: DomainSuiteOptions): void {
  const { describe, it, expect, name, create, samples = {} } = options;

  async function registrations(plugin = create()): Promise<RecordingHost> {
    const recording = recordingHost();
    await plugin.setup(recording.host);
    return recording;
  }

  describe(name, () => {
    it("brings triggers that are valid", async () => {
      const { triggers } = await registrations();
      expect(triggers.length > 0, "there are triggers").toBe(true);
      for (const trigger of triggers) {
        expect(problemsWith(triggerSchema, trigger), `what is wrong with trigger ${trigger.name}`).toBe("");
      }
    });

    it("names its triggers uniquely and under its own namespace", async () => {
      const { triggers } = await registrations();
      const names = triggers.map((trigger) => trigger.name);
      const namespace = options.namespace ?? create().name;
      expect(new Set(names).size, "different names").toBe(names.length);
      const outside = names.filter(
        (trigger) => ![".", ":", "/"].some((separator) => trigger.startsWith(namespace + separator)),
      );
      expect(outside, `names that are not under ${namespace}`).toEqual([]);
    });

    it("brings conditions and actions for those that its triggers name", async () => {
      const { triggers, conditions, actions } = await registrations();
      const known = new Set([...conditions, ...actions].map((entry) => entry.name));
      expect(
        [...new Set(triggers.flatMap(namesIn))].filter((wanted) => !known.has(wanted)),
        "names that nobody registers",
      ).toEqual([]);
    });

    it("brings roles and channel preferences", async () => {
      const { roles, preferences } = await registrations();
      expect(roles.length > 0, "there are roles").toBe(true);
      expect(new Set(roles.map((role) => role.name)).size, "different roles").toBe(roles.length);
      for (const { name: role, kind } of roles) {
        expect(
          role.length > 0 && (kind === "ai" || kind === "human"),
          `role ${role} has a name and a kind`,
        ).toBe(true);
      }
      expect(preferences.length > 0, "there are channel preferences").toBe(true);
      for (const { need, channels } of preferences) {
        expect(need.length > 0 && channels.length > 0, `the preference for ${need} names channels`).toBe(
          true,
        );
      }
    });

    it("parses what its systems send into valid activities", async () => {
      const { parsers } = await registrations();
      for (const { name: parser, parse } of parsers) {
        const inputs = samples[parser] ?? [];
        expect(inputs.length > 0, `there are samples for parser ${parser}`).toBe(true);
        for (const input of inputs) {
          const activities = parse(deepFreeze(structuredClone(input)));
          expect(activities.length > 0, `parser ${parser} finds activities in its sample`).toBe(true);
          for (const activity of activities)
            expect(
              problemsWith(newActivitySchema, activity),
              `what is wrong with an activity of parser ${parser}`,
            ).toBe("");
        }
      }
    });

    it("parses nonsense into nothing invalid", async () => {
      const { parsers } = await registrations();
      for (const { name: parser, parse } of parsers) {
        for (const input of [undefined, null, 0, "", "text", [], [null], {}, ...hostileData]) {
          for (const activity of orNothing(() => parse(input))) {
            expect(
              problemsWith(newActivitySchema, activity),
              `what is wrong with an activity of parser ${parser}`,
            ).toBe("");
          }
        }
      }
    });

    it("detects blockers that are valid, and survives any session", async () => {
      const { detectors } = await registrations();
      for (const { name: detector, detect } of detectors) {
        for (const input of detectorInputs()) {
          for (const blocker of detect(deepFreeze(input))) {
            expect(
              problemsWith(blockerSchema, blocker),
              `what is wrong with a blocker of detector ${detector}`,
            ).toBe("");
          }
        }
      }
    });

    it("can be set up, stopped and set up again", async () => {
      const plugin = create();
      expect(plugin.specVersion, "the contract's version").toBe(1);
      const first = await registrations(plugin);
      await first.stop();
      const second = await registrations(plugin);
      await second.stop();
      expect(inventory(second), "what the second start registers").toEqual(inventory(first));
    });
  });
}

/** The conditions and actions that a trigger names and does not bring along. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== "object" || value === null) return [];
  const { type, evaluate, run } = value as Record<string, unknown>;
  const own = type === "custom" ? [evaluate, run].filter((name) => typeof name === "string") : [];
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

function inventory({ triggers, roles, parsers, detectors, preferences }: RecordingHost): unknown {
  return {
    triggers: triggers.map((trigger) => trigger.name),
    roles: roles.map((role) => role.name),
    parsers: parsers.map((parser) => parser.name),
    detectors: detectors.map((detector) => detector.name),
    preferences,
  };
}

function detectorInputs(): Parameters<BlockerDetector>[0][] {
  const session = sampleSession();
  const now = session.createdAt + 3_600_000;
  const errors = [1, 2, 3, 4, 5].map((seq) =>
    sampleActivity({ seq, type: "error", data: { message: "failed" } }),
  );
  const hostile = hostileData.map((data, index) => sampleActivity({ seq: index + 1, data }));
  return [[], [sampleActivity()], errors, hostile].map((activities) => ({ session, activities, now }));
}

/** A parser may refuse nonsense with a throw. */
function orNothing<Item>(parse: () => readonly Item[]): readonly Item[] {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}
