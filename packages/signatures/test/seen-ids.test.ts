import fc from "fast-check";
import { expect, it } from "vitest";
import { seenIds } from "../src/index.js";

it("tells a new id from one in work, one that is done and one that was given up", () => {
  const seen = seenIds();
  expect(seen.claim("a", 0)).toBe("new");
  expect(seen.claim("a", 1)).toBe("busy");
  expect(seen.claim("b", 1)).toBe("new");
  seen.settle("a", true);
  seen.settle("b", false);
  expect(seen.claim("a", 2)).toBe("seen");
  expect(seen.claim("b", 2)).toBe("new");
});

it("refuses new ids when it is full, rather than forget one within the window", () => {
  const seen = seenIds({ windowMs: 1000, maxIds: 2 });
  expect([seen.claim("a", 0), seen.claim("b", 500), seen.claim("c", 999)]).toEqual(["new", "new", "full"]);
  expect(seen.claim("c", 1500)).toBe("full");
  expect(seen.claim("a", 1000)).toBe("busy");
  expect(seen.claim("c", 2600)).toBe("new");
});

it("makes room by itself once ids are older than twice the window", () => {
  const seen = seenIds({ windowMs: 1000, maxIds: 1 });
  for (const at of [0, 2500, 5000, 7500]) expect(seen.claim(`id ${at}`, at)).toBe("new");
});

it("keeps what was done through a turn of the generations", () => {
  const seen = seenIds({ windowMs: 1000 });
  seen.claim("a", 900);
  seen.claim("b", 0);
  seen.claim("turn", 1001);
  seen.settle("a", true);
  seen.settle("b", false);
  expect(seen.claim("a", 1900)).toBe("seen");
  expect(seen.claim("b", 1900)).toBe("new");
});

it("never takes an id twice within the window, whatever the order of events", () => {
  const windowMs = 100;
  const events = fc.array(
    fc.record({
      id: fc.constantFrom("a", "b", "c", "d"),
      afterMs: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 250 })),
      handled: fc.option(fc.boolean(), { nil: undefined }),
    }),
    { maxLength: 80, size: "max" },
  );
  fc.assert(
    fc.property(events, (steps) => {
      const seen = seenIds({ windowMs, maxIds: 3 });
      const takenAt = new Map<string, number>();
      let now = 0;
      for (const { id, afterMs, handled } of steps) {
        now += afterMs;
        const known = takenAt.get(id);
        const claim = seen.claim(id, now);
        const held = claim === "busy" || claim === "seen";
        const ageMs = known === undefined ? Number.POSITIVE_INFINITY : now - known;
        if (!held && ageMs <= windowMs) throw new Error(`${id} is ${claim} after ${ageMs} ms`);
        if (held && known === undefined) throw new Error(`${id} is ${claim} and never came`);
        if (claim === "new") takenAt.set(id, now);
        if (claim === "new" && handled !== undefined) seen.settle(id, handled);
        if (claim === "new" && handled === false) takenAt.delete(id);
      }
    }),
    { numRuns: 300 },
  );
});

it("refuses a window or a size that is none", () => {
  for (const options of [{ windowMs: 0 }, { windowMs: Number.NaN }, { maxIds: 0 }, { maxIds: 1.5 }])
    expect(() => seenIds(options)).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
});
