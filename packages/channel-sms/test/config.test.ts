import { afterEach, expect, it, vi } from "vitest";
import { descriptor, type SmsChannelConfig, smsChannel } from "../src/index.js";
import { accountSid, authToken, sender } from "./twilio-server.js";

afterEach(() => vi.unstubAllEnvs());

const good: SmsChannelConfig = { accountSid, authToken, from: sender };

it.each<[string, object]>([
  ["accountSid", { accountSid: "AC123" }],
  ["accountSid", { accountSid: undefined }],
  ["authToken", { authToken: "" }],
  ["authToken", { authToken: [] }],
  ["apiKey.sid", { apiKey: { sid: "SK1", secret: "the_secret" } }],
  ["from", { from: "not a sender at all" }],
  ["from or messagingServiceSid", { from: undefined }],
  ["from or messagingServiceSid", { messagingServiceSid: `MG${"0".repeat(32)}` }],
  ["publicUrl", { publicUrl: "hooks.example.com" }],
  ["publicUrl", { publicUrl: "https://hooks.example.com/?a=1" }],
  ["defaultCountry", { defaultCountry: "Austria" }],
  ["maxSegments", { maxSegments: 0 }],
  ["baseUrl", { baseUrl: "http://127.0.0.1:4013" }],
  ["baseUrl", { baseUrl: "https://127.0.0.1" }],
  ["name", { name: "a/b" }],
  ["form", { form: sender }],
])("refuses a wrong %s when it is made: %j", (path, changes) => {
  vi.stubEnv("TWILIO_ACCOUNT_SID", undefined);
  const make = () => smsChannel({ ...good, ...changes });
  expect(make).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
  expect(make).toThrow(path);
  expect(make).not.toThrow("the_secret");
  expect(make).not.toThrow(authToken);
});

it.each([sender, "12345", "Example Ltd", "A1"])("takes the sender %s", (from) => {
  expect(smsChannel({ ...good, from }).name).toBe("sms");
});

it("takes account and token from the environment where they are not given", () => {
  vi.stubEnv("TWILIO_ACCOUNT_SID", accountSid);
  vi.stubEnv("TWILIO_AUTH_TOKEN", authToken);
  expect(smsChannel({ from: sender }).name).toBe("sms");
  vi.stubEnv("TWILIO_AUTH_TOKEN", "");
  expect(() => smsChannel({ from: sender })).toThrow("set TWILIO_AUTH_TOKEN");
});

it("is made from what a configuration file holds", () => {
  const config = descriptor.config.parse({
    ...good,
    name: "sms-us",
    publicUrl: "https://hooks.example.com/",
  });
  expect(config.publicUrl).toBe("https://hooks.example.com");
  expect(descriptor.create(config).name).toBe("sms-us");
});
