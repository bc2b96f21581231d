import { hashJson, type Json, type JsonObject, sameJson } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyState, reduceActivities, type ScreenActivity, type ScreenState } from "../src/index.js";
import { activity, change, snapshot } from "./support.js";

const ids = ["name", "ssn", "zip", "__proto__", "constructor"];
const value = fc.oneof(
  fc.constantFrom<Json>("", "a", "b", null, 1, false, { a: 1 }, [1]),
  fc.constantFrom<Json>("x".repeat(700), `${"x".repeat(700)}y`),
);
const fieldId = fc.constantFrom(...ids);
const junk = fc.object({ maxDepth: 1 }) as fc.Arbitrary<JsonObject>;
/** What each type usually brings, and now and then anything else. */
const dataByType: Record<string, fc.Arbitrary<JsonObject>> = {
  form_snapshot: fc.record(
    {
      fields: fc.dictionary(fieldId, value),
      screen: fc.constantFrom("a", "b"),
      focus: fc.constantFrom("zip", null),
    },
    { requiredKeys: ["fields"] },
  ),
  field_change: fc.record({ fieldId, value }, { requiredKeys: ["fieldId"] }),
  field_focus: fc.record({ fieldId }),
  field_blur: fc.record({ fieldId }),
  field_error: fc.record({ fieldId, message: fc.constant("no") }),
  screen: fc.record({ name: fc.constantFrom<Json>("a", "b", 3, "") }),
  step: fc.record({ name: fc.constantFrom<Json>("a", 3, null) }),
  note: fc.record({ screen: fc.constantFrom<Json>("a", "c"), step: fc.constant(2) }),
};
const history: fc.Arbitrary<ScreenActivity[]> = fc
  .array(
    fc.constantFrom(...Object.keys(dataByType)).chain((type) =>
      fc.record({
        type: fc.constant(type),
        actor: fc.constantFrom("user" as const, "ai" as const),
        data: fc.oneof({ weight: 9, arbitrary: dataByType[type] ?? junk }, { weight: 1, arbitrary: junk }),
        occurredAt: fc.integer({ min: 0, max: 30 }),
      }),
    ),
    { maxLength: 30 },
  )
  .map((list) => list.map((item, index) => ({ ...item, seq: index + 1 })));
const inOrder = history.map((list) => {
  const times = list.map(({ occurredAt }) => occurredAt).sort((a, b) => a - b);
  return list.map((item, index) => ({ ...item, occurredAt: times[index] ?? 0 }));
});

/** What was said of a field, looked up anew in the whole log. */
function saidOf(id: string, log: readonly ScreenActivity[]) {
  return log.flatMap(({ type, data, occurredAt: at }) => {
    if (type === "field_change" && data.fieldId === id) return [{ at, value: data.value, said: true }];
    const fields = data.fields;
    if (type !== "form_snapshot" || typeof fields !== "object" || fields === null || Array.isArray(fields))
      return [];
    return Object.hasOwn(fields, id) ? [{ at, value: (fields as JsonObject)[id], said: false }] : [];
  });
}

const same = (a: Json | undefined, b: Json | undefined) =>
  a !== undefined && b !== undefined && sameJson(a, b);

describe("reducing a session's activities", () => {
  it("gives the same whether they come at once, one by one, twice, or after the state was stored", () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(30)), (log, cuts) => {
        const whole = reduceActivities(log);
        let state: ScreenState = emptyState;
        for (const end of [...cuts.sort((a, b) => a - b), log.length]) {
          state = JSON.parse(JSON.stringify(reduceActivities(log.slice(0, end), state)));
        }
        expect(state).toEqual(whole);
      }),
    );
  });

  it("agrees with a look through the whole log", () => {
    fc.assert(
      fc.property(inOrder, (log) => {
        const state = reduceActivities(log);
        for (const id of ids) {
          const said = saidOf(id, log);
          const field = state.fields.find((other) => other.id === id);
          const last = said.at(-1);
          if (last === undefined) {
            expect(field?.changes ?? 0).toBe(0);
            continue;
          }
          const changes = said.filter(({ value, said: isSaid }, index) =>
            index === 0 ? isSaid : !same(said[index - 1]?.value, value),
          );
          const text = JSON.stringify(last.value);
          if (text !== undefined && text.length > 500) expect(field?.hash).toBe(hashJson(last.value as Json));
          else expect(field?.value).toEqual(last.value);
          expect(field?.changes).toBe(changes.length);
          expect(field?.changedAt).toBe(changes.at(-1)?.at ?? null);
        }
        const snapshots = log.filter(
          ({ type, data }) =>
            type === "form_snapshot" &&
            typeof data.fields === "object" &&
            data.fields !== null &&
            !Array.isArray(data.fields),
        );
        const seen = snapshots.at(-1);
        expect(state.onScreen?.ids).toEqual(
          seen && Object.keys(seen.data.fields as JsonObject).filter((id) => id !== "" && id.length <= 200),
        );
      }),
    );
  });

  it("never throws, and never lets what came late replace what is newer", () => {
    fc.assert(
      fc.property(history, (log) => {
        let before: ScreenState = emptyState;
        for (const item of log) {
          const after = reduceActivities([item], before);
          const older = (known: { at: number } | null) => known !== null && item.occurredAt < known.at;
          if (older(before.screen)) expect(after.screen).toEqual(before.screen);
          if (older(before.onScreen)) expect(after.onScreen).toEqual(before.onScreen);
          for (const field of before.fields) {
            if (older(field)) expect(after.fields).toContainEqual(field);
          }
          expect(after.updatedAt ?? 0).toBeGreaterThanOrEqual(before.updatedAt ?? 0);
          before = after;
        }
      }),
    );
  });

  it("stays within its bounds, and drops what was heard of longest ago and is not on the screen", () => {
    const big = "x".repeat(60_000);
    const log: ScreenActivity[] = [snapshot(1, { kept: big })];
    for (let index = 0; index < 2_000; index++) log.push(change(2 + index, `field_${index}`, big));
    const state = reduceActivities(log);
    expect(state.fields).toHaveLength(512);
    expect(state.dropped).toBe(2_001 - 512);
    expect(state.fields[0]?.id).toBe("kept");
    expect(state.fields.at(-1)?.id).toBe("field_1999");
    expect(JSON.stringify(state).length).toBeLessThan(512 * 800);
  });

  it("sees a change in the part of a long value that is not kept", () => {
    const long = "x".repeat(600);
    const [field] = reduceActivities([snapshot(1, { a: long }), snapshot(2, { a: `${long}y` })]).fields;
    expect(field).toMatchObject({ value: long.slice(0, 500), changedAt: 2, changes: 1 });
    const [same] = reduceActivities([snapshot(1, { a: long }), snapshot(2, { a: long })]).fields;
    expect(same).toMatchObject({ changedAt: null, changes: 0 });
  });

  it("does not take what agents and workers do for the user's place", () => {
    const state = reduceActivities([
      activity(1, "screen", { name: "person" }),
      activity(2, "opened", { screen: "dashboard" }, { actor: "human" }),
    ]);
    expect(state.screen).toEqual({ name: "person", at: 1 });
    expect(state.updatedAt).toBe(1);
  });

  it("keeps an error until the field is heard of again", () => {
    const zip = (...log: ScreenActivity[]) => reduceActivities(log).fields.find(({ id }) => id === "zip");
    const given = change(1, "zip", "12");
    const error = activity(2, "validation_error", { field_id: "zip", message: "five digits" });
    expect(zip(given, error)).toMatchObject({ value: "12", error: "five digits" });
    expect(zip(given, error, change(3, "zip", "12345"))).not.toHaveProperty("error");
    expect(zip(snapshot(1, { zip: "" }, { errors: { zip: "needed" } }))).toMatchObject({ error: "needed" });
  });
});
