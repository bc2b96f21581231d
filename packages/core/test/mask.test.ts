import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, maskJson, maskPrivate, maskText } from "../src/index.js";

describe("a text", () => {
  it.each([
    ["my card is 4111 1111 1111 1111, thanks", "my card is ••••1111, thanks"],
    ["SSN 078-05-1120", "SSN ••••1120"],
    ["transfer to DE89 3704 0044 0532 0130 00.", "transfer to ••••3000."],
    ["use ghp_0123456789abcdefABCDEF0123456789abcd please", "use •••• please"],
    ["AKIAIOSFODNN7EXAMPLE", "••••"],
    ["Authorization: Bearer abcdef123456", "Authorization: Bearer ••••"],
    ["my password is hunter2 and it fails", "my password is •••• and it fails"],
    ["mein Passwort lautet geheim!", "mein Passwort lautet ••••"],
    ["PIN: 4711", "PIN: ••••"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend", "••••\nend"],
    ["a eyJhbGciOi.eyJzdWIiOiI.c2lnbmF0dXJl b", "a •••• b"],
  ])("%j is kept as %j", (text, masked) => expect(maskText(text)).toBe(masked));

  it.each([
    "I opened the pin board and the tan one",
    "order 4111 1111 1111 1112",
    "call +1 202 555 0143 on 2024-05-11",
    "What is my password?",
    "skeleton_keys and task-force-numbers",
    "",
  ])("%j stays as it is", (text) => expect(maskText(text)).toBe(text));

  it("is masked in bounded time", () => {
    const start = performance.now();
    for (const piece of ["1 ", "AA11", "eyJaaaaa.", "-----BEGIN A PRIVATE KEY-----", "pin is ", "bearer "])
      maskText(piece.repeat(60_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe("a private value", () => {
  it.each([
    ["078-05-1120", "••••1120"],
    ["DE89370400440532013000", "••••3000"],
    ["123", "••••"],
    ["hunter2", "••••"],
    ["correct-horse-12345678", "••••"],
  ])("%s is shown as %s", (value, masked) => expect(maskPrivate(value)).toBe(masked));
});

describe("JSON", () => {
  it("loses what its members' names and its texts give away, at any depth", () => {
    const event = {
      step: "payment",
      password: "hunter2",
      ssn: 78051120,
      payment: { cardNumber: ["4111111111111111"], token: { value: "abc" } },
      note: "card 4111111111111111",
      amount: 4111111111111111,
      consent: true,
      empty: { pin: "" },
    };
    expect(maskJson(event)).toEqual({
      step: "payment",
      password: "••••",
      ssn: "••••1120",
      payment: { cardNumber: ["••••1111"], token: { value: "••••" } },
      note: "card ••••1111",
      amount: "••••1111",
      consent: true,
      empty: { pin: "" },
    });
  });

  it("is masked once and for all", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom("ssn", "note", "pin", "__proto__"), fc.oneof(fc.string(), fc.nat(1e15))),
      fc.stringMatching(/^[ A-Z\d-]{0,40}$/),
    );
    fc.assert(
      fc.property(value, (value) => {
        const once = maskJson(value as Json);
        expect(maskJson(once)).toEqual(once);
      }),
    );
  });
});
