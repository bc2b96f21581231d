import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSnapshots, defineForm, isPrivateName, isPrivateValue } from "../src/index.js";
import { form } from "./support.js";

describe("a private name", () => {
  it.each([
    "password",
    "newPassword2",
    "user-passwd",
    "ssn",
    "SSN",
    "userssn",
    "ssn_confirm",
    "ssnLast4",
    "applicantSSN",
    "Social Security Number",
    "cardNumber",
    "card_no",
    "credit-card",
    "cvv2",
    "cc-csc",
    "pin",
    "PIN code",
    "iban",
    "accountNumber",
    "passportNo",
    "driversLicense",
    "driver_license_number",
    "payment[card]",
    "api_key",
    "otp",
    "taxId",
  ])("is %s", (name) => expect(isPrivateName(name)).toBe(true));

  it.each([
    "name",
    "businessName",
    "shipping",
    "discarded",
    "cardiologist",
    "email",
    "accident",
    "spinach",
    "account_type",
    "cancel",
    "mission",
    "zip",
    "",
  ])("is not %s", (name) => expect(isPrivateName(name)).toBe(false));
});

describe("a private value", () => {
  it.each([
    "4111 1111 1111 1111",
    "my card is 5500-0000-0000-0004.",
    4111111111111111,
    "078-05-1120",
    "DE89 3704 0044 0532 0130 00",
    { note: ["pay with 378282246310005"] },
    { password: "x" },
  ])("is %j", (value) => expect(isPrivateValue(value)).toBe(true));

  it.each(["4111 1111 1111 1112", "2024-05-11", "+1 202 555 0143", 12, null, true, "", [], "42"])(
    "is not %j",
    (value) => expect(isPrivateValue(value)).toBe(false),
  );

  it("is looked for in bounded time", () => {
    const start = performance.now();
    for (const text of ["1 ".repeat(30_000), "AA11".repeat(15_000), "1".repeat(60_000)]) isPrivateValue(text);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("comparing two snapshots", () => {
  const before = { fields: { name: "Ada", ssn: "1", zip: "1", gone: true, same: { a: 1, b: 2 } } };
  const after = { fields: { ssn: "2", name: "Ada L.", same: { b: 2, a: 1 }, zip: "1", new: null } };

  it("tells what was added, removed and changed, and keeps private values back", () => {
    expect(compareSnapshots(before, after, { form })).toEqual([
      { id: "ssn", kind: "changed", private: true },
      { id: "name", kind: "changed", private: false, before: "Ada", after: "Ada L." },
      { id: "new", kind: "added", private: false, after: null },
      { id: "gone", kind: "removed", private: false, before: true },
    ]);
  });

  it("shows all values or none where told to", () => {
    expect(compareSnapshots(before, after, { values: "plain" })[0]).toMatchObject({
      before: "1",
      after: "2",
    });
    expect(
      compareSnapshots(before, after, { values: "none" }).map((item) => Object.keys(item).join()),
    ).toEqual(Array(4).fill("id,kind,private"));
  });

  it("takes the application's word before its own guess", () => {
    const one = (id: string) => compareSnapshots({ fields: {} }, { fields: { [id]: "x" } }, { form })[0];
    expect(one("driver_7_note")).toMatchObject({ private: true });
    expect(one("card_type")).toMatchObject({ private: false, after: "x" });
    const labelled = defineForm({ fields: { f17: { label: "Your password" } } });
    expect(compareSnapshots({ fields: {} }, { fields: { f17: "x" } }, { form: labelled })).toEqual([
      { id: "f17", kind: "added", private: true },
    ]);
  });

  it("is empty for equal ones, and the other way round when turned", () => {
    const fields = fc.dictionary(fc.constantFrom("a", "b", "ssn", "__proto__"), fc.jsonValue());
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(compareSnapshots({ fields: a as never }, { fields: structuredClone(a) as never })).toEqual([]);
        const kinds = (from: object, to: object) =>
          compareSnapshots({ fields: from as never }, { fields: to as never })
            .map(({ id, kind }) => `${id} ${kind}`)
            .sort();
        const turned = kinds(b, a).map((text) =>
          text.replace(/added|removed/, (kind) => (kind === "added" ? "removed" : "added")),
        );
        expect(turned.sort()).toEqual(kinds(a, b));
      }),
    );
  });
});
