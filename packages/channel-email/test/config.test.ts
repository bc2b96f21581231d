import { afterEach, describe, expect, it, vi } from "vitest";
import { descriptor, type EmailChannelConfig, emailChannel } from "../src/index.js";
import { smtpConfig } from "./harness.js";

afterEach(() => vi.unstubAllEnvs());

const refusal = (config: unknown): string => {
  try {
    emailChannel(config as EmailChannelConfig);
  } catch (error) {
    return String(error);
  }
  return "it was taken";
};

describe("the configuration", () => {
  it.each([
    [{ way: "fax" }, "way"],
    [{ ...smtpConfig(25), from: "Help <help@example.com>" }, "one plain address"],
    [{ ...smtpConfig(25), from: "a@example.com\r\nBcc: b@example.com" }, "one plain address"],
    [{ ...smtpConfig(25), fromName: "x\r\ny" }, "control characters"],
    [
      { ...smtpConfig(25), smtp: { host: "mx.example.com", security: "none", user: "u", password: "p" } },
      "clear",
    ],
    [{ ...smtpConfig(25), smtp: { host: "mx.example.com", user: "u" } }, "go together"],
    [
      { ...smtpConfig(25), imap: { host: "mx.example.com", security: "none", user: "u", password: "p" } },
      "clear",
    ],
    [{ ...smtpConfig(25), replyAddress: "eleven-more@example.com" }, "10 characters"],
    [{ ...smtpConfig(25), tokenKeys: [{ id: 1, secret: "short" }] }, "secret"],
    [{ ...smtpConfig(25), tokenKeys: [] }, "tokenKeys"],
    [{ ...smtpConfig(25), surprise: 1 }, "surprise"],
    [{ way: "orchestrator" }, "EMAIL_AGENT_API_KEY"],
    [{ way: "orchestrator", apiKey: "k", baseUrl: "http://10.0.0.1" }, "trustedOrigins"],
    [{ way: "public-demo", baseUrl: "ftp://example.com" }, "http or https"],
  ])("is refused at once: %j", (config, why) => {
    vi.stubEnv("EMAIL_AGENT_API_KEY", "");
    expect(refusal(config)).toContain(why);
  });

  it("takes the key from the environment, and may be that of a file", () => {
    vi.stubEnv("EMAIL_AGENT_API_KEY", "from-the-environment");
    expect(descriptor.create(descriptor.config.parse({ way: "orchestrator" })).name).toBe("email");
  });
});
