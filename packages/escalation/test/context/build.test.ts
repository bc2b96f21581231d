import type { Json } from "@hybrid-orchestrator/core";
import { defineForm } from "@hybrid-orchestrator/screen-state";
import { sampleActivity, sampleEscalation, sampleSession } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ActivityLog, buildContext, contextLimits, contextPackageSchema } from "../../src/index.js";
import { delivery, failedCall, firing, logOf, sources, startAt } from "./sources.js";

describe("a context package", () => {
  it("tells who, since when, where, what changed, what was said, what was tried, and why it stopped", () => {
    const at = startAt + 60_000;
    const context = buildContext(
      sources({
        session: sampleSession({ summary: "Files a tax return.", metadata: { plan: "gold" } }),
        escalations: [
          sampleEscalation({ id: "old", status: "resolved", outcome: "answered by bob", answer: "Yes." }),
          sampleEscalation({ id: "now", reason: "stuck at the tax number", requestedBy: "agent:helper" }),
        ],
        activities: logOf([
          { type: "screen", data: { name: "tax" } },
          { type: "field_change", data: { fieldId: "number", value: "12" } },
          { type: "field_change", data: { fieldId: "number", value: "123" } },
          { type: "number_error", data: { fieldId: "number", message: "too short" } },
          { type: "message", channel: "chat", data: { text: "Which number do you mean?" } },
          {
            type: "agent_decision",
            actor: "ai",
            occurredAt: at,
            data: {
              agent: "helper",
              action: "prompt_user",
              message: "The one on the letter.",
              reasoning: "asked",
              confidence: 0.4,
            },
          },
          {
            type: "tool_call",
            actor: "ai",
            data: { tool: "look_up", status: "failed", args: { number: "123" }, error: "no such number" },
          },
        ]),
        deliveries: [
          delivery(
            "d1",
            { content: "The one on the letter.", metadata: { agent: "helper" }, createdAt: at },
            { status: "failed", reason: "no route" },
          ),
          delivery("d2", { audience: "worker", content: "Somebody is wanted" }),
        ],
        firings: [firing(1, "nothing for a minute")],
        agentCalls: [failedCall(at + 1, "no answer in 60 s")],
        form: defineForm({
          pages: [
            { name: "tax", title: "Your tax number", fields: ["number"], required: ["number", "date"] },
          ],
        }),
      }),
    );
    expect(contextPackageSchema.parse(context)).toEqual(context);
    expect(context).toMatchObject({
      version: 1,
      view: "full",
      escalation: { id: "now", reason: "stuck at the tax number" },
      user: { name: "Ada Example", addresses: { email: "ada@example.com" } },
      session: { createdAt: startAt, summary: "Files a tax return.", metadata: { plan: "gold" } },
      place: { page: { title: "Your tax number", number: 1, of: 1 }, missing: ["date"] },
      fields: [{ id: "number", value: "123", changes: 2, before: [{ value: "12" }], error: "too short" }],
      messages: [{ seq: 5, text: "Which number do you mean?", channel: "chat" }],
      sent: [{ id: "d1", by: "agent:helper", status: "failed", reason: "no route" }],
      tried: [
        { kind: "tool", tool: "look_up", status: "failed", args: { number: "123" } },
        { kind: "decision", action: "prompt_user", delivery: { id: "d1", status: "failed" } },
        { kind: "failed_call", failure: "no answer in 60 s" },
      ],
      stopped: { by: "agent:helper" },
      firings: [{ trigger: "stalled", acted: true }],
      earlier: [{ id: "old", answer: "Yes." }],
    });
    expect(context.stopped.failures.map(({ what }) => what)).toEqual([
      "helper: no answer in 60 s",
      "message of agent:helper: failed, no route",
      "look_up: no such number",
    ]);
    expect(context.timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(Object.values(context.omitted).every((count) => count === 0)).toBe(true);
  });

  it("takes an agent's decisions and calls from nobody who is the user", () => {
    const { tried } = buildContext(
      sources({ activities: logOf([{ type: "agent_decision", data: { agent: "x", action: "escalate" } }]) }),
    );
    expect(tried).toEqual([]);
  });

  it("refuses an escalation that is none of the session's", () => {
    expect(() => buildContext(sources({ escalationId: "other" }))).toThrow("not among those");
  });

  it("knows every message of the user and the last value of every field, however the history went", () => {
    const field = fc.constantFrom("name", "zip", "__proto__", "address.city");
    const value = fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>;
    const late = fc.integer({ min: 0, max: 400 });
    const entry = fc.oneof(
      fc.record({
        type: fc.constant("message"),
        data: fc.record({ text: fc.string({ maxLength: 50 }) }),
        late,
      }),
      fc.record({ type: fc.constant("field_change"), data: fc.record({ fieldId: field, value }), late }),
      fc.record({
        type: fc.constant("form_snapshot"),
        data: fc.record({ fields: fc.dictionary(fc.constantFrom("name", "zip", "city"), value) }),
        late,
      }),
      fc.record({
        type: fc.constant("zip_error"),
        data: fc.record({ fieldId: field, message: fc.string() }),
        late,
      }),
    );
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        (entries, pageSize) => {
          const activities = logOf(
            entries.map(({ type, data, late: by }, index) => ({
              type,
              data: data as never,
              occurredAt: startAt + index * 100 - by,
            })),
          );
          const log = new ActivityLog();
          for (let from = 0; from < activities.length; from += pageSize)
            log.add(activities.slice(from, from + pageSize));
          const context = buildContext(sources({ activities: log }));
          expect(context).toEqual(buildContext(sources({ activities })));
          expect(context.messages.map(({ text }) => text)).toEqual(
            activities.filter(({ type }) => type === "message").map(({ data }) => data.text),
          );
          // The naive way: everything in the order in which it happened, the later over the earlier.
          const last = new Map<string, Json>();
          for (const { type, data } of activities.toSorted((a, b) => a.occurredAt - b.occurredAt)) {
            if (type === "field_change") last.set(String(data.fieldId), data.value as Json);
            if (type === "form_snapshot")
              for (const [id, one] of Object.entries(data.fields as Record<string, Json>)) last.set(id, one);
          }
          const known = context.fields.filter((one) => one.value !== undefined);
          expect(new Map(known.map(({ id, value: one }) => [id, one]))).toEqual(last);
        },
      ),
    );
  });

  it("counts what it leaves out, and keeps the first and the newest", () => {
    const { first, newest } = contextLimits.timeline;
    const log = new ActivityLog();
    const count = first + newest * 2 + 7;
    for (let from = 0; from < count; from += 500)
      log.add(
        Array.from({ length: Math.min(500, count - from) }, (_, index) => {
          const seq = from + index + 1;
          return sampleActivity({ seq, type: "message", data: { text: `${seq}` } });
        }),
      );
    const context = buildContext(sources({ activities: log }));
    expect(context.timeline).toHaveLength(first + newest);
    expect(context.omitted.timeline).toBe(newest + 7);
    expect([
      context.timeline[0]?.seq,
      context.timeline[first - 1]?.seq,
      context.timeline.at(-1)?.seq,
    ]).toEqual([1, first, count]);
    const { messages } = context;
    expect(messages.length + context.omitted.messages).toBe(count);
    expect([messages[0]?.seq, messages.at(-1)?.seq]).toEqual([1, count]);
  });

  it("holds a bounded amount of what users write and fill in, however much that is", () => {
    const log = new ActivityLog();
    const text = "x".repeat(60_000);
    for (let seq = 1; seq <= 200; seq++)
      log.add(logOf([{ type: "message", data: { text } }]).map((one) => ({ ...one, seq })));
    for (let seq = 201; seq <= 300; seq++)
      log.add(
        logOf([
          {
            type: "form_snapshot",
            data: {
              fields: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${seq}_${index}`, 1])),
            },
          },
        ]).map((one) => ({ ...one, seq, occurredAt: startAt + seq })),
      );
    const context = buildContext(sources({ activities: log }));
    expect(context.messages.length + context.omitted.messages).toBe(200);
    expect(context.messages.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThan(
      contextLimits.messagesLength + 1,
    );
    expect(context.fields).toHaveLength(contextLimits.fields);
    expect(context.omitted.fields).toBe(20_000 - contextLimits.fields);
    expect(context.fields.at(-1)?.id).toBe("f300_199");
    expect(JSON.stringify(context).length).toBeLessThan(12 * 1024 * 1024);
  });
});

describe("an open promise", () => {
  const handBack = (note: object) => ({
    type: "session.handed_back",
    actor: "human" as const,
    data: { worker: "ann", note } as never,
  });
  const promisesAfter = (...entries: Parameters<typeof logOf>[0]) =>
    buildContext(sources({ activities: logOf(entries) })).promises.map(
      ({ text, worker }) => `${text} by ${worker}`,
    );

  it("is what was handed back and nobody has said to be kept", () => {
    const made = handBack({ text: "", promises: ["Refund by  Friday", "A call"], facts: [], decisions: [] });
    expect(promisesAfter(made)).toEqual(["Refund by  Friday by ann", "A call by ann"]);
    expect(promisesAfter(made, made)).toEqual(["Refund by  Friday by ann", "A call by ann"]);
    expect(promisesAfter(made, handBack({ facts: ["refund by friday"] }))).toEqual(["A call by ann"]);
    expect(promisesAfter(made, handBack({ decisions: ["a call"] }))).toEqual(["Refund by  Friday by ann"]);
    const kept = { type: "promise_kept", data: { promise: "a call" } };
    expect(promisesAfter(made, { ...kept, actor: "system" })).toEqual(["Refund by  Friday by ann"]);
    expect(promisesAfter(made, { ...kept, actor: "user" })).toHaveLength(2);
    expect(promisesAfter(made, { ...kept, actor: "human" }, handBack({ promises: ["A call"] }))).toHaveLength(
      2,
    );
  });
});
