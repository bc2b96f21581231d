import { sampleAgentInput, sampleRecipient, sampleSession } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fenced, type ModelInput, privacyOf, sessionDocument } from "../src/index.js";

function documentOf(input: ModelInput, lookBack = 100, maxDataBytes = 64_000) {
  return sessionDocument(input, { lookBack, maxDataBytes, privacy: privacyOf(input), now: 0 });
}

describe("what a model is shown of a session", () => {
  it("takes no more room than it may, and the newest of it is kept", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 12 })), { maxLength: 40 }),
        fc.integer({ min: 0, max: 30_000 }),
        fc.integer({ min: 2_000, max: 20_000 }),
        (data, length, maxDataBytes) => {
          const long = "<".repeat(length);
          const input = sampleAgentInput(
            [...data, { long }].map((one) => ({ data: one as never })),
            {
              session: sampleSession({ metadata: { long, data: data as never } }),
              summary: long,
              context: { long, data: data as never },
            },
          );
          const document = documentOf(input, 20, maxDataBytes);
          expect(Buffer.byteLength(fenced(document, "session_data"))).toBeLessThanOrEqual(maxDataBytes + 50);
          const { activities, earlier_activities_left_out: left } = document as {
            activities: { seq: number }[];
            earlier_activities_left_out: number;
          };
          expect(activities.length + left).toBe(input.activities.length);
          expect(activities.length).toBeGreaterThan(0);
          expect(activities.map(({ seq }) => seq)).toEqual(
            input.activities.slice(input.activities.length - activities.length).map(({ seq }) => seq),
          );
        },
      ),
      { numRuns: 10 },
    );
  });

  it("is cut to the newest activities that are asked for", () => {
    const document = documentOf(sampleAgentInput(Array(30).fill({})), 12);
    expect(document).toMatchObject({ earlier_activities_left_out: 18 });
    expect((document.activities as unknown[]).length).toBe(12);
  });

  it("has no ids, numbers or addresses, but the name, the language and what is known", () => {
    const input = sampleAgentInput([{}], {
      session: sampleSession({
        externalId: "call_abc",
        metadata: { step: 3 },
        recipient: sampleRecipient({ locale: "de-AT", timeZone: "Europe/Vienna" }),
      }),
    });
    const document = documentOf(input);
    expect(document).toMatchObject({
      session: { workflow: "default", status: "active", metadata: { step: 3 } },
      user: { name: "Ada Example", language: "Austrian German, de-AT", time_zone: "Europe/Vienna" },
    });
    for (const id of ["4155550123", "ada@example.com", "U0EXAMPLE1", "user_1", "session_1", "call_abc"])
      expect(JSON.stringify(document)).not.toContain(id);
  });
});
