import { describe, expect, it } from "vitest";
import { newActivitySchema, newSessionSchema, recipientSchema, triggerSchema } from "../src/index.js";

describe("the vocabulary's schemas", () => {
  it("give a recipient everything it was given", () => {
    const recipient = {
      id: "u1",
      name: "Ada",
      phone: "+491701234567",
      email: "ada@example.com",
      slackId: "U1",
      addresses: { pager: "77" },
      preferredChannel: "sms",
      available: false,
      locale: "de-AT",
      timeZone: "Europe/Vienna",
      metadata: { vip: true },
    };
    expect(recipientSchema.parse(recipient)).toEqual(recipient);
    expect(recipientSchema.parse({ id: "u1" }).available).toBe(true);
  });

  it.each([
    [{ id: "u", timeZone: "Mars/Olympus" }],
    [{ id: "u", locale: "not a tag" }],
    [{ id: "" }],
    [{ id: "u", nickname: "x" }],
    [{ id: "u", metadata: { at: new Date(0) } }],
  ])("refuse the recipient %j", (recipient) => {
    expect(recipientSchema.safeParse(recipient).success).toBe(false);
  });

  it("refuse an external id that looks like an access token, or is empty", () => {
    expect(newSessionSchema.safeParse({ externalId: "ses_abc" }).success).toBe(false);
    expect(newSessionSchema.safeParse({ externalId: "" }).success).toBe(false);
  });

  it("keep the log's own entry types to the log", () => {
    expect(newActivitySchema.safeParse({ type: "session.status_changed" }).success).toBe(false);
    expect(newActivitySchema.parse({ type: "field_change" }).actor).toBe("user");
  });

  it("give a trigger the seed's defaults", () => {
    const trigger = triggerSchema.parse({
      name: "t",
      condition: {
        type: "all",
        conditions: [
          { type: "field_error" },
          { type: "not", condition: { type: "no_activity", seconds: 120 } },
        ],
      },
      action: { type: "send" },
    });
    expect(trigger).toMatchObject({ maxFires: 1, cooldownSeconds: 60, priority: 100, mode: "live" });
    expect(trigger.condition).toMatchObject({
      conditions: [{ field: "*", times: 3, withinSeconds: 60 }, { condition: { actors: ["user"] } }],
    });
  });

  it.each([
    ["a duration as text", { type: "no_activity", seconds: "120" }],
    ["a misplaced parameter", { type: "no_activity", seconds: 120, times: 3 }],
    ["an unknown condition", { type: "no_activities" }],
  ])("refuse %s when the trigger is made", (_name, condition) => {
    expect(triggerSchema.safeParse({ name: "t", condition, action: { type: "send" } }).success).toBe(false);
  });
});
