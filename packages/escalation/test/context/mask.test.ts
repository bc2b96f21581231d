import type { Json, JsonObject } from "@hybrid-orchestrator/core";
import { defineForm } from "@hybrid-orchestrator/screen-state";
import { sampleEscalation, sampleRecipient, sampleSession } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildContext,
  type ContextPackage,
  contextPackageSchema,
  contextViews,
  formatContext,
  maskContext,
} from "../../src/index.js";
import { delivery, failedCall, firing, logOf, sources } from "./sources.js";

const form = defineForm({ fields: { "note_*": { private: true } } });

/** Nothing else looks like it, so that it is found wherever it stands. */
const secret = fc.integer({ min: 0, max: 2 ** 40 }).map((number) => `zq${number.toString(36)}9`);
const privateName = fc.constantFrom("password", "cardNumber", "ssn_confirm", "apiKey", "PIN");
/** The last one because the form says so. */
const privateField = fc.constantFrom("password", "cardNumber", "note_1");
const publicName = fc.constantFrom("name", "city", "list", "profile");

/** Public and private members, however deep, with the secrets that stand in it. */
const nested = fc.letrec<{ value: { json: Json; secrets: string[] } }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("Ada", 7, null, true).map((json) => ({ json: json as Json, secrets: [] as string[] })),
    fc.tuple(privateName, secret).map(([name, one]) => ({ json: { [name]: one } as Json, secrets: [one] })),
    fc
      .tuple(privateName, secret, secret)
      .map(([name, a, b]) => ({ json: { [name]: { deep: [a, { other: b }] } } as Json, secrets: [a, b] })),
    fc
      .uniqueArray(fc.tuple(publicName, tie("value")), { maxLength: 3, selector: ([name]) => name })
      .map((members) => ({
        json: Object.fromEntries(members.map(([name, { json }]) => [name, json])) as Json,
        secrets: members.flatMap(([, { secrets }]) => secrets),
      })),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => ({
      json: items.map(({ json }) => json),
      secrets: items.flatMap(({ secrets }) => secrets),
    })),
  ),
})).value;

const history = fc.record({
  metadata: nested,
  about: nested,
  args: nested,
  value: nested,
  data: nested,
  fields: fc.uniqueArray(fc.tuple(privateField, secret), { maxLength: 4, selector: ([name]) => name }),
});

function contextOf(given: typeof history extends fc.Arbitrary<infer Value> ? Value : never) {
  const objectOf = (json: Json): JsonObject => ({ json });
  const typed = given.fields.map(([, one]) => one);
  const secrets = [given.metadata, given.about, given.args, given.value, given.data].flatMap(
    (one) => one.secrets,
  );
  // What somebody repeats: an agent, the user, a worker.
  const words = `it says ${typed.join(" and then ")}, my password is zqspoken1, the card is 4111 1111 1111 1111`;
  const context = buildContext(
    sources({
      form,
      session: sampleSession({
        metadata: objectOf(given.metadata.json),
        recipient: sampleRecipient({ metadata: objectOf(given.about.json) }),
        summary: words,
      }),
      escalations: [
        sampleEscalation({ id: "old", outcome: words, answer: words, question: words, reason: words }),
        sampleEscalation({
          id: "now",
          reason: words,
          question: words,
          suggestedHumanAction: words,
          notes: [{ worker: "ann", at: 1, text: words }],
          transfer: { to: { queue: "q" }, note: words, requestedAt: 1, expiresAt: 2 },
          approval: {
            status: "requested",
            agent: "helper",
            tool: "pay",
            callId: "1",
            runBy: "orchestrator",
            args: objectOf(given.args.json),
            argsHash: "",
            editedArgs: null,
            editedHash: null,
            decidedBy: null,
            decidedAt: null,
            comment: null,
            execution: "none",
            result: null,
          },
        }),
      ],
      activities: logOf([
        ...given.fields.map(([fieldId, value]) => ({
          type: "field_change",
          data: { fieldId, value, error: `not ${value}` },
        })),
        { type: "field_change", data: { fieldId: "about", value: given.value.json } },
        { type: "form_snapshot", data: { fields: Object.fromEntries(given.fields), other: given.data.json } },
        { type: "screen", data: { name: words.slice(0, 150), step: words.slice(0, 150) } },
        { type: "message", data: { text: words } },
        {
          type: "agent_decision",
          actor: "ai",
          data: { agent: "helper", action: "prompt_user", message: words, reasoning: words },
        },
        {
          type: "tool_call",
          actor: "ai",
          data: { tool: "look_up", status: words, args: objectOf(given.args.json), error: words },
        },
        {
          type: "session.handed_back",
          actor: "human",
          data: { worker: "ann", note: { text: words, promises: [words] } },
        },
      ]),
      deliveries: [delivery("d1", { content: words }, { reason: words, status: "failed" })],
      firings: [firing(1, words)],
      agentCalls: [failedCall(5, words)],
    }),
  );
  return { context, secrets: [...secrets, ...typed, "zqspoken1", "4111 1111 1111 1111"], words };
}

describe("a masked context", () => {
  it("has no private value in any view below full, wherever it stood", () => {
    fc.assert(
      fc.property(history, (given) => {
        const { context, secrets } = contextOf(given);
        const whole = JSON.stringify(context);
        for (const view of ["standard", "brief"] as const) {
          const masked = maskContext(context, view);
          expect(contextPackageSchema.parse(masked)).toEqual(masked);
          const text = `${JSON.stringify(masked)}\n${formatContext(context, { view })}`;
          for (const one of secrets) {
            // Seen once, or the test could not fail.
            expect(whole).toContain(one);
            expect(text).not.toContain(one);
          }
        }
      }),
      { numRuns: process.env.SOAK === "1" ? 2_000 : 30 },
    );
  });

  it("is never wider than it was, and the same when it is masked twice", () => {
    const { context } = contextOf({
      metadata: { json: { password: "zqa1" }, secrets: [] },
      about: { json: null, secrets: [] },
      args: { json: null, secrets: [] },
      value: { json: null, secrets: [] },
      data: { json: null, secrets: [] },
      fields: [["cardNumber", "zqb2"]],
    });
    const brief = maskContext(context, "brief");
    for (const view of contextViews) expect(maskContext(brief, view)).toBe(brief);
    expect(maskContext(maskContext(context, "standard"), "brief")).toEqual(brief);
    expect(maskContext(context, "full")).toBe(context);
  });

  it("in standard still tells what is not private, and that private fields are filled in", () => {
    const context = buildContext(
      sources({
        activities: logOf([
          { type: "field_change", data: { fieldId: "city", value: "Paris" } },
          { type: "field_change", data: { fieldId: "accountNumber", value: "0012345678" } },
          { type: "message", data: { text: "I live in Paris since 2020, is 0012345678 right?" } },
        ]),
      }),
    );
    const { fields, messages, user } = maskContext(context, "standard");
    expect(fields).toMatchObject([
      { id: "city", value: "Paris", private: false },
      { id: "accountNumber", value: "••••5678", private: true, changes: 1 },
    ]);
    expect(messages[0]?.text).toBe("I live in Paris since 2020, is •••• right?");
    expect(user?.addresses).toEqual({ phone: "••••0123", email: "••••", slackId: "••••" });
  });

  it("in brief has nobody's words and no value at all but the reason and what to do", () => {
    const context = buildContext(
      sources({
        session: sampleSession({ metadata: { income: 55_000 }, summary: "earns 55,000" }),
        escalations: [sampleEscalation({ reason: "stuck", suggestedHumanAction: "call her" })],
        activities: logOf([
          { type: "screen", data: { name: "income", step: 3 } },
          { type: "field_change", data: { fieldId: "income", value: "55000" } },
          { type: "message", data: { text: "I earn 55000" } },
        ]),
      }),
    );
    const text = JSON.stringify(maskContext(context, "brief"));
    for (const gone of ["55000", "55,000", "+14155550123", "ada@example.com"])
      expect(text).not.toContain(gone);
    const lines = formatContext(context, { view: "brief" }).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "Take over: stuck",
      "User: Ada Example",
      "Screen: income, Step: 3",
      "Suggested: call her",
    ]);
  });
});

describe("a formatted context", () => {
  const some: ContextPackage = buildContext(
    sources({
      session: sampleSession({ summary: "💬".repeat(40) }),
      activities: logOf([
        ...Array.from({ length: 50 }, (_, index) => ({
          type: "message",
          data: { text: `message ${index} 💬\n‮` },
        })),
        { type: "field_change", data: { fieldId: "city", value: "Paris" } },
      ]),
    }),
  );

  it("is never longer than its channel takes, and cuts no character in two", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000 }),
        fc.constantFrom(...contextViews),
        fc.constantFrom("en", "de-AT", "fr"),
        (maxLength, view, locale) => {
          const text = formatContext(some, { maxLength, view, locale });
          expect(text.length).toBeLessThanOrEqual(maxLength);
          expect(text).not.toMatch(/\p{Surrogate}/u);
        },
      ),
      { numRuns: process.env.SOAK === "1" ? 2_000 : 100 },
    );
  });

  it("keeps the newest messages where there is no room for all, and says how many are not there", () => {
    const text = formatContext(some, { maxLength: 900 });
    expect(text).toContain("message 49");
    expect(text).not.toContain("message 2 ");
    expect(text).toMatch(/… \d+ not shown/);
    expect(formatContext(some)).toContain("message 2 ");
  });

  it("speaks German to whoever reads it", () => {
    expect(formatContext(some, { view: "brief", locale: "de" })).toMatch(
      /^Übernehmen: .*\nNutzer: Ada Example/,
    );
  });
});
