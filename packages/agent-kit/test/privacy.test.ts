import type { Json } from "@hybrid-orchestrator/core";
import { sampleAgentInput, sampleRecipient, sampleSession } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelAgentSettingsSchema, modelPrompt, type Purpose, privacyOf, toolAnswer } from "../src/index.js";

const settings = modelAgentSettingsSchema.parse({ maxDataBytes: 1_000_000 });

function promptText(input: Parameters<typeof modelPrompt>[0]["input"], purpose: Purpose = "analyze"): string {
  const { system, data, task } = modelPrompt({ purpose, input, settings, now: 0 });
  return [...system, data, task].join("\n");
}

/** A value that nothing else in a prompt is, and that only its place makes private. */
const secret = fc
  .tuple(fc.constantFrom("hunter", "Geheim ", "p@ss/", "x-y:"), fc.stringMatching(/^[A-Za-z0-9]{6,12}$/))
  .map(([before, after]) => `${before}${after}Zq`);

const privateName = fc.constantFrom(
  "password",
  "newPassword",
  "ssn",
  "card_number",
  "cvc",
  "pin",
  "api-key",
  "Authorization",
  "session cookie",
  "iban",
  "refreshToken",
);
const plainName = fc.constantFrom(
  "data",
  "form",
  "fields",
  "note",
  "step",
  "items",
  "value",
  "errors",
  "__proto__",
);

/** Every way in which a private value was seen to stand in an activity. */
function placed(value: string): fc.Arbitrary<Json> {
  const whole = fc.constantFrom<Json>(value, [value], { value }, { [value]: true, text: value }, [
    [{ a: value }],
  ]);
  return fc.oneof(
    fc.tuple(privateName, whole).map(([name, one]): Json => ({ [name]: one })),
    fc
      .tuple(
        privateName,
        fc.constantFrom("fieldId", "field_id", "field"),
        fc.constantFrom("value", "oldValue", "new_value", "change", "snapshot", "entered", "text"),
        whole,
      )
      .map(([name, key, member, one]): Json => ({ [key]: name, type: "text", [member]: one })),
    fc
      .tuple(
        privateName,
        fc.constantFrom("id", "name", "label", "key"),
        fc.constantFrom("value", "values", "to"),
        whole,
      )
      .map(([name, key, member, one]): Json => ({ [key]: name, [member]: one })),
    // A form that was sent as one text.
    privateName.map((name): Json => ({ body: JSON.stringify({ form: [{ [name]: value }] }) })),
  );
}

function nested(inner: Json, path: readonly (string | number)[]): Json {
  return path.reduceRight<Json>(
    (value, key) =>
      typeof key === "number"
        ? [...Array(key).fill("x"), value]
        : JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`),
    inner,
  );
}

describe("no private value of any activity", () => {
  it("is in what a model is given, whatever the nesting, and also where it is repeated", () => {
    const path = fc.array(fc.oneof(plainName, fc.nat(3)), { maxLength: 5 });
    const one = secret.chain((value) =>
      fc.record({ value: fc.constant(value), at: path, place: placed(value), repeated: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (all) => {
        const activities = all.flatMap(({ value, at, place, repeated }) => [
          ...(repeated
            ? [
                {
                  type: `typed ${value}`,
                  channel: value,
                  data: { message: `It says "${value}".`, [value]: 1 },
                },
              ]
            : []),
          { data: { nested: nested(place, at) } },
        ]);
        const words = all.map(({ value }) => `again ${value}!`).join(" ");
        const input = {
          ...sampleAgentInput(activities, {
            session: sampleSession({
              metadata: { words },
              workflow: words,
              recipient: sampleRecipient({ name: words }),
            }),
            summary: words,
            context: { reason: words },
          }),
          userMessage: words,
        };
        const given = ["analyze", "respond", "summarize"].map((purpose) =>
          promptText(input, purpose as Purpose),
        );
        const { privacy } = modelPrompt({ purpose: "analyze", input, settings, now: 0 });
        given.push(toolAnswer({ status: "done", result: { words } }, privacy).text);
        given.push(toolAnswer({ status: "failed", error: words }, privacy).text);
        for (const text of given) for (const { value } of all) expect(text).not.toContain(value);
      }),
      { numRuns: process.env.SOAK ? 20_000 : 300 },
    );
  });

  it("is in what was cut to its limit", () => {
    const long = `${"x".repeat(50_000)} hunter2hunter2`;
    const input = sampleAgentInput(
      [{ data: { password: "hunter2hunter2" } }, { data: { text: long, also: long } }],
      {
        session: sampleSession({ metadata: { a: `${"y".repeat(19_990)} hunter2hunter2` } }),
      },
    );
    expect(promptText(input)).not.toContain("hunter2");
  });
});

describe("what is private", () => {
  const token = "ses_AbCdEfGhIjKlMnOpQrStUv";
  const input = sampleAgentInput(
    [
      { data: { text: `My card is 4111 1111 1111 1111, my number +1 (415) 555-0199, ${token}` } },
      {
        data: {
          card: 4111111111111111,
          nested: [{ apiKey: "sk-live-abcdefghijklmnop", Password: "hunter2" }],
        },
      },
      { data: { field_id: "cvc", value: "987", old_value: "98" } },
      { data: { field_id: "ssn", value: "123-45-678", message: "The SSN has nine digits." } },
      { data: { field_id: "ssn", value: "", attempts: 3 } },
      { data: { field_id: "street", value: "Annenstrasse 12" } },
    ],
    {
      session: sampleSession({ metadata: { resumeToken: token } }),
      context: { link: `https://example.com/?t=${token}` },
    },
  );

  it("is hidden, and what guides through a form is told", () => {
    const text = modelPrompt({ purpose: "analyze", input, settings, now: 0 }).data;
    for (const value of ["4111", token, "555-0199", "hunter2", "sk-live", "987", "123-45-678", "4155550123"])
      expect(text, value).not.toContain(value);
    expect(text).toContain('"field_id":"ssn","value":"•••• (8 digits)","message":"The SSN has nine digits."');
    expect(text).toContain('"field_id":"ssn","value":"","attempts":3');
    expect(text).toContain("My card is ••••1111, my number ••••99, ••••");
    expect(text).toContain("Annenstrasse 12");
    expect(text).toContain("Ada Example");
    for (const address of ["ada@example.com", "U0EXAMPLE1", "user_1", "session_1"])
      expect(text).not.toContain(address);
  });

  it("may be shown where the operator allows the field, and no other", () => {
    const { json } = privacyOf(input, ["ssn", "applicant*"]);
    expect(json({ field_id: "ssn", value: "123-45-6789" })).toEqual({
      field_id: "ssn",
      value: "123-45-6789",
    });
    expect(json({ applicantCard: "4111111111111111", card: "4111111111111111" })).toEqual({
      applicantCard: "4111111111111111",
      card: "•••• (16 digits)",
    });
  });

  it.each<[string, string]>([
    ["Order 1234567890123456", "Order 1234567890123456"],
    ["SSN 123-45-6789, born 1990-01-02", "SSN ••••6789, born 1990-01-02"],
    ["at 1735689600000", "at 1735689600000"],
    ["2025-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"],
    ["call +43 1 5880012 now", "call ••••12 now"],
    ["x-auth: Bearer abcdefghijklmnopqrst", "x-auth: Bearer ••••"],
    ["eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "••••"],
    ["csc=987&step=3", "csc=••••&step=3"],
    ['{"pin":4711,"step":3}', '{"pin":"•••• (4 digits)","step":3}'],
    ["I forgot my pin, please help: now", "I forgot my pin, please help: now"],
  ])("is told from what it may need: %s", (text, expected) => {
    const { json } = privacyOf(sampleAgentInput([]));
    expect(json(text)).toBe(expected);
  });

  it("is found in a long text in no time", () => {
    const { text } = privacyOf(input);
    for (const part of [
      "eyJ",
      ".eyJa",
      "-sk-",
      "ses_ ",
      "bearer ",
      "+1 (",
      "4 1 1-",
      "+4 (",
      "aaaa.",
      "pin = ",
      "a:",
    ]) {
      const began = performance.now();
      text(part.repeat(Math.ceil(64_000 / part.length)));
      expect(performance.now() - began, part).toBeLessThan(2_000);
    }
  });

  it("is found among many in no time", () => {
    const many = sampleAgentInput(
      Array.from({ length: 1_000 }, (_, index) => ({ data: { password: `secret-${index}-secret` } })),
    );
    const began = performance.now();
    promptText(many);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
