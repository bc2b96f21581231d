import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineForm, placeOf, placeOfSnapshot, reduceActivities } from "../src/index.js";
import { activity, change, form, snapshot } from "./support.js";

const at = (...activities: Parameters<typeof reduceActivities>[0][]) => {
  const place = placeOf(form, reduceActivities(activities.flatMap((list) => [...list])));
  return place === null
    ? null
    : `${place.page.name} by ${place.by}${place.screenIsStale ? ", stale screen" : ""}`;
};

describe("the page", () => {
  it("is the one that the screen's name says", () => {
    expect(at([activity(1, "screen", { name: "person" })])).toBe("person by screen");
    expect(at([snapshot(1, { street: "" }, { screen: "/apply/address?step=2" })])).toBe("address by screen");
    expect(at([activity(1, "clicked", { screen: "drivers" })])).toBe("drivers by screen");
  });

  it("goes by the name even where the same snapshot's fields are another's", () => {
    expect(at([snapshot(1, { street: "", city: "" }, { screen: "person" })])).toBe("person by screen");
  });

  it("goes by the fields where there is no name, or one that says nothing", () => {
    expect(at([snapshot(1, { street: "", city: "", zip: "" })])).toBe("address by fields");
    expect(at([snapshot(1, { driver_1_name: "", driver_1_born: "" }, { screen: "/form" })])).toBe(
      "drivers by fields",
    );
  });

  it("is unknown where no page has more than half of the fields", () => {
    expect(at([snapshot(1, { email: "", password: "" })])).toBeNull();
    expect(at([snapshot(1, {})])).toBeNull();
    expect(at([])).toBeNull();
  });

  it("is unknown on a screen that is none of its pages, whatever was filled in before", () => {
    expect(at([change(1, "street", "a"), activity(2, "screen", { name: "/help" })])).toBeNull();
  });

  it("leaves a screen's name that fields seen later contradict", () => {
    const screen = activity(1, "screen", { screen: "person" });
    expect(at([screen, snapshot(5, { street: "", city: "", zip: "" })])).toBe(
      "address by fields, stale screen",
    );
    expect(at([screen, change(5, "street", "a")])).toBe("address by fields, stale screen");
    expect(at([screen, change(5, "unheard_of", "a")])).toBe("person by screen");
    expect(at([screen, change(5, "email", "a")])).toBe("person by screen");
  });

  it("follows what is touched, when that is not on the newest snapshot", () => {
    const seen = snapshot(1, { name: "", email: "", ssn: "" });
    expect(at([seen, change(2, "name", "Ada")])).toBe("person by fields");
    expect(at([seen, change(2, "driver_1_name", "Ada")])).toBe("drivers by fields");
    expect(at([seen, activity(2, "field_focus", { fieldId: "city" })])).toBe("address by fields");
    // A field of two pages is placed by those touched before it.
    expect(at([change(1, "name", "a"), change(2, "zip", "1"), change(3, "email", "e")])).toBe(
      "address by fields",
    );
  });

  it("looks back at what was touched only until the user was elsewhere", () => {
    expect(at([change(1, "zip", "1"), change(2, "driver_1", "a"), change(3, "email", "e")])).toBe(
      "person by fields",
    );
  });

  it("breaks ties by exact ids, then by fields of its own that are missing, then by order", () => {
    const tie = defineForm({
      pages: [
        { name: "last", fields: ["a", "b"], order: 2 },
        { name: "first", fields: ["a", "b"], order: 1 },
        { name: "larger", fields: ["a", "b", "c"], order: 0 },
        { name: "glob", fields: ["a*", "b*"], order: 0 },
      ],
    });
    const place = placeOfSnapshot(tie, { fields: { a: 1, b: 2 }, at: 1 });
    expect(place?.page.name).toBe("first");
    expect(tie.pages.map(({ name }) => name)).toEqual(["larger", "glob", "first", "last"]);
  });

  it("does not depend on the order of the fields", () => {
    const ids = ["name", "email", "ssn", "street", "city", "driver_1", "search", "other"];
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...ids)), (seen) => {
        const fields = (list: string[]) => Object.fromEntries(list.map((id) => [id, ""]));
        const one = placeOfSnapshot(form, { fields: fields(seen), at: 1 });
        const other = placeOfSnapshot(form, { fields: fields(seen.toReversed()), at: 1 });
        expect(other?.page).toBe(one?.page);
      }),
    );
  });
});

describe("a form definition", () => {
  it("is checked, and every mistake has its path", () => {
    const bad = {
      pages: [
        { name: "a", fields: ["*"] },
        { name: "a", fields: "b" },
      ],
      fields: { x: { privat: true } },
    };
    expect(() => defineForm(bad as never)).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        issues: expect.arrayContaining([
          expect.objectContaining({ path: ["pages", 0, "fields"] }),
          expect.objectContaining({ path: ["pages", 1, "fields"] }),
          expect.objectContaining({ path: ["fields", "x"] }),
        ]),
      }),
    );
    expect(() => defineForm({ pages: [{ name: "a" }, { name: "a" }] })).toThrow(/name each of their own/);
  });
});
