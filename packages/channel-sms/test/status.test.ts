import { describe, expect, it } from "vitest";
import { publicUrl, setUpHooks, statusForm, webhook } from "./harness.js";

const id = "SM00000000000000000000000000000001";
const url = `${publicUrl}/hooks/sms/status?delivery=delivery_1`;

async function reportOf(status: string, changes: Record<string, string> = {}) {
  const { call, recording } = await setUpHooks();
  const response = await call(webhook("/status", statusForm(status, changes), { url }));
  expect([response.status, await response.text()]).toEqual([200, ""]);
  return recording.reports[0];
}

const named = { deliveryId: "delivery_1", channel: "sms", externalId: id };

describe("a status of Twilio's", () => {
  it.each<[string, string]>([
    ["accepted", "sent"],
    ["scheduled", "sent"],
    ["queued", "sent"],
    ["sending", "sent"],
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["read", "read"],
  ])("%s is reported as %s", async (status, reported) => {
    expect(await reportOf(status)).toEqual({ ...named, status: reported });
  });

  it.each(["receiving", "received", "partially_delivered", "", "something new"])(
    "%j says nothing about a delivery",
    async (status) => {
      expect(await reportOf(status)).toBeUndefined();
    },
  );

  it.each<[string, string, object]>([
    ["undelivered", "30003", { reason: "Twilio: undelivered, code 30003: the phone is out of reach" }],
    [
      "undelivered",
      "30004",
      {
        reason: "Twilio: undelivered, code 30004: the recipient is blocked from receiving it",
        suppress: true,
      },
    ],
    [
      "undelivered",
      "30005",
      {
        reason: "Twilio: undelivered, code 30005: the number is unknown or no longer in service",
        suppress: true,
      },
    ],
    ["undelivered", "30006", { reason: expect.stringContaining("landline") }],
    [
      "failed",
      "21610",
      { reason: "Twilio: failed, code 21610: the recipient has opted out", suppress: true },
    ],
    ["failed", "30007", { reason: "Twilio: failed, code 30007: filtered by Twilio or a carrier" }],
    ["failed", "39999", { reason: "Twilio: failed, code 39999" }],
    ["failed", "", { reason: "Twilio: failed" }],
    ["failed", "+14155550123 toString", { reason: "Twilio: failed" }],
    ["canceled", "", { reason: "Twilio: canceled" }],
  ])("%s with code %j is a late failure", async (status, ErrorCode, expected) => {
    expect(await reportOf(status, { ErrorCode })).toEqual({ ...named, status: "bounced", ...expected });
  });

  it("without the delivery's id is reported by Twilio's", async () => {
    const { call, recording } = await setUpHooks();
    await call(webhook("/status", statusForm("delivered")));
    expect(recording.reports).toEqual([{ channel: "sms", externalId: id, status: "delivered" }]);
  });

  it("that names no message is not reported", async () => {
    expect(await reportOf("delivered", { MessageSid: "" })).toBeUndefined();
  });
});
