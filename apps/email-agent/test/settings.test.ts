import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createEmailAgent } from "../src/index.js";
import { readSettings, type SettingsInput, settingsFrom } from "../src/settings.js";

const complete: SettingsInput = {
  serviceApiKey: "your-service-api-key",
  emailFrom: "agent@example.com",
  smtpHost: "mail.example.com",
};

function mistakesOf(input: SettingsInput): string[] {
  try {
    readSettings(input);
  } catch (error) {
    if (OrchestratorError.isInstance(error, "invalid_configuration"))
      return error.issues.map(({ path }) => String(path[0]));
    throw error;
  }
  return [];
}

it("reads environment variables, numbers and truth values among them", () => {
  const settings = readSettings(
    settingsFrom({
      SERVICE_API_KEY: "your-service-api-key",
      EMAIL_FROM: "Agent@EXAMPLE.com",
      SMTP_HOST: " mail.example.com ",
      SMTP_PORT: "2525",
      SMTP_USER: "agent",
      SMTP_PASSWORD: "secret",
      IMAP_HOST: "mail.example.com",
      IMAP_ARCHIVE: "",
      SANDBOX: "false",
      PATH: "/bin",
    }),
  );
  expect(settings).toMatchObject({
    emailFrom: "Agent@example.com",
    smtpHost: "mail.example.com",
    smtpPort: 2525,
    sandbox: false,
    imapPort: 993,
    imapUser: "agent",
    imapPassword: "secret",
    host: "127.0.0.1",
    port: 3001,
  });
  expect(settings.imapArchive).toBeUndefined();
});

it.each([
  ["tls", 465, 993],
  ["starttls", 587, 143],
] as const)("takes the usual ports for %s", (security, smtpPort, imapPort) => {
  expect(readSettings({ ...complete, smtpSecurity: security, imapSecurity: security })).toMatchObject({
    smtpPort,
    imapPort,
  });
});

describe("mistakes", () => {
  it("are named all at once, whatever their kind, without their values", () => {
    const input = {
      port: "many",
      emailFrom: "a@b, c@d",
      smtpPassword: "secret",
      imapHost: "x",
      serviceApiKey: "too short",
      unknown: 1,
    };
    expect(mistakesOf(input as SettingsInput).toSorted()).toEqual(
      ["emailFrom", "imapUser", "port", "serviceApiKey", "smtpHost", "smtpUser", "undefined"].toSorted(),
    );
    expect(() => createEmailAgent(input as SettingsInput)).toThrow(/PORT: .*SMTP_HOST: /);
    expect(() => createEmailAgent(input as SettingsInput)).not.toThrow(/secret|too short|a@b/);
  });

  it.each<[string, SettingsInput, string[]]>([
    ["a key is missing", { ...complete, serviceApiKey: undefined }, ["serviceApiKey"]],
    [
      "a password would go in the clear",
      { ...complete, smtpUser: "a", smtpPassword: "b", smtpSecurity: "none" },
      ["smtpSecurity"],
    ],
    [
      "a password would go in the clear to read",
      { ...complete, imapHost: "mail.example.com", imapUser: "a", imapPassword: "b", imapSecurity: "none" },
      ["imapSecurity"],
    ],
    [
      "a sandbox has an account",
      { sandbox: true, smtpHost: "mail.example.com", imapHost: "mail.example.com" },
      ["smtpHost", "imapHost"],
    ],
    ["a sandbox is open to others without a key", { sandbox: true, host: "0.0.0.0" }, ["serviceApiKey"]],
    ["a name holds a line break", { ...complete, emailFromName: "a\r\nBcc: b" }, ["emailFromName"]],
  ])("%s", (_, input, mistakes) => {
    expect(mistakesOf(input)).toEqual(mistakes);
  });

  it("are none in a sandbox on this machine, nor without a password on it", () => {
    expect(mistakesOf({ sandbox: true })).toEqual([]);
    expect(mistakesOf({ sandbox: "true", host: "::1" })).toEqual([]);
    expect(
      mistakesOf({
        ...complete,
        smtpHost: "127.0.0.1",
        smtpSecurity: "none",
        smtpUser: "a",
        smtpPassword: "b",
      }),
    ).toEqual([]);
    expect(mistakesOf({ ...complete, smtpSecurity: "none" })).toEqual([]);
  });
});
