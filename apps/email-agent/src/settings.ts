import { type Issue, OrchestratorError } from "@hybrid-orchestrator/core";
import { parseAddress } from "@hybrid-orchestrator/mail";
import { z } from "zod";

const whole = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: "must be a whole number" })
    .pipe(z.number().int().min(min).max(max));
const truth = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
  error: "must be true or false",
});
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), "must not hold control characters");
const security = z.enum(["tls", "starttls", "none"]);

/** Each setting is also an environment variable (`smtpHost` is SMTP_HOST) and, unless secret, a flag (--smtp-host). */
const settingsSchema = z.strictObject({
  sandbox: truth
    .default(false)
    .describe("run with an SMTP server and an inbox of its own, without an account"),
  sandboxSmtpPort: whole(0, 65_535).default(0).describe("port of the sandbox's SMTP server, 0 for any"),
  host: line(255).default("127.0.0.1").describe("address to listen on"),
  port: whole(0, 65_535).default(3001).describe("port to listen on, 0 for any"),
  serviceApiKey: line(500).min(16).optional().describe("what clients send as Bearer token; required"),
  maxBodyBytes: whole(1_024, 10_485_760).default(262_144).describe("largest request body, in bytes"),
  stopTimeoutSeconds: whole(0, 600)
    .default(10)
    .describe("longest wait for requests in progress when stopping"),
  logLevel: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("least serious log line written"),
  emailFrom: z.string().transform(address).optional().describe("sender's address; required"),
  emailFromName: line(100).optional().describe("sender's name"),
  smtpHost: line(255).optional().describe("server that mail is handed to; required"),
  smtpPort: whole(1, 65_535).optional().describe("465 for tls, 587 for starttls, 25 for none"),
  smtpSecurity: security.default("starttls").describe("tls, starttls (required, never optional) or none"),
  smtpUser: line(255).optional().describe("account to send with"),
  smtpPassword: line(1_000).optional().describe("its password"),
  smtpConnections: whole(1, 50).default(5).describe("most mails handed over at the same time"),
  sendTimeoutSeconds: whole(1, 600).default(25).describe("longest time for one mail"),
  imapHost: line(255).optional().describe("server of the mailbox to watch; without it there is no inbox"),
  imapPort: whole(1, 65_535).optional().describe("993 for tls, else 143"),
  imapSecurity: security.default("tls").describe("tls, starttls (required, never optional) or none"),
  imapUser: line(255).optional().describe("account of the mailbox, if not SMTP_USER"),
  imapPassword: line(1_000).optional().describe("its password, if not SMTP_PASSWORD"),
  imapMailbox: line(255).default("INBOX").describe("mailbox to watch"),
  imapArchive: line(255).optional().describe("archive mailbox, if the server does not mark one"),
  imapPollSeconds: whole(1, 1_500).default(60).describe("longest time between two looks at the mailbox"),
  imapTimeoutSeconds: whole(1, 600).default(30).describe("longest wait for an answer of the server"),
  imapWindow: whole(1, 10_000)
    .default(500)
    .describe("how many newest mails are watched for stars and archiving"),
});

export type SettingName = keyof typeof settingsSchema.shape;
/** What {@link readSettings} takes: numbers and truth values may be text, as in environment variables. */
export type SettingsInput = z.input<typeof settingsSchema>;
type Checked = z.output<typeof settingsSchema>;
type Filled = "serviceApiKey" | "emailFrom" | "smtpHost" | "smtpPort" | "imapPort";
export type Settings = Checked & { readonly [Name in Filled]: NonNullable<Checked[Name]> };

/** For a sandbox that only this machine can reach. The key is no secret. */
export const sandboxDefaults = {
  serviceApiKey: "sandbox-service-api-key",
  emailFrom: "agent@example.com",
  smtpHost: "127.0.0.1",
} as const;

export const secretSettings: readonly SettingName[] = ["serviceApiKey", "smtpPassword", "imapPassword"];

/** Name, description and default of each setting, for flags and documentation. */
export const settingList = (Object.keys(settingsSchema.shape) as SettingName[]).map((name) => ({
  name,
  variable: name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  flag: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  defaultValue: settingsSchema.shape[name].safeParse(undefined).data,
  description: settingsSchema.shape[name].description ?? "",
}));

/** The settings among environment variables. An empty variable counts as not set. */
export function settingsFrom(environment: Readonly<Record<string, string | undefined>>): SettingsInput {
  return Object.fromEntries(
    settingList.flatMap(({ name, variable }) => {
      const text = environment[variable]?.trim();
      return text ? [[name, text]] : [];
    }),
  );
}

/** @throws OrchestratorError `invalid_configuration` with every mistake. Values never appear in it. */
export function readSettings(input: SettingsInput): Settings {
  const checked = settingsSchema.safeParse(input);
  const issues: Issue[] = [
    ...(checked.error?.issues ?? []).map(({ path, message }) => ({ path: path.map(String), message })),
    ...mistakesBetween(input),
  ];
  if (!checked.success || issues.length > 0) {
    const list = issues.map(({ path, message }) => `${nameOf(path)}: ${message}`);
    throw new OrchestratorError(
      "invalid_configuration",
      `The e-mail agent's settings are not valid. ${list.join("; ")}`,
      { issues },
    );
  }
  const settings = checked.data;
  return {
    ...settings,
    // Outside of the sandbox none of them is missing.
    serviceApiKey: settings.serviceApiKey ?? sandboxDefaults.serviceApiKey,
    emailFrom: settings.emailFrom ?? sandboxDefaults.emailFrom,
    smtpHost: settings.smtpHost ?? sandboxDefaults.smtpHost,
    smtpPort: settings.smtpPort ?? { tls: 465, starttls: 587, none: 25 }[settings.smtpSecurity],
    imapPort: settings.imapPort ?? (settings.imapSecurity === "tls" ? 993 : 143),
    imapUser: settings.imapUser ?? settings.smtpUser,
    imapPassword: settings.imapPassword ?? settings.smtpPassword,
  };
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function mistakesBetween(input: SettingsInput): Issue[] {
  const issues: Issue[] = [];
  const mistake = (name: SettingName, message: string) => void issues.push({ path: [name], message });
  const sandbox = String(input.sandbox ?? false) === "true";

  if (input.serviceApiKey === undefined && !(sandbox && isLoopback(input.host ?? "127.0.0.1")))
    mistake("serviceApiKey", "is missing; make one of at least 16 characters");
  if (sandbox) {
    if (input.smtpHost !== undefined)
      mistake("smtpHost", "has no meaning in the sandbox; leave one of them out");
    if (input.imapHost !== undefined)
      mistake("imapHost", "has no meaning in the sandbox; leave one of them out");
    return issues;
  }
  if (input.emailFrom === undefined) mistake("emailFrom", "is missing");
  if (input.smtpHost === undefined) mistake("smtpHost", "is missing; --sandbox runs without an account");
  if ((input.smtpUser === undefined) !== (input.smtpPassword === undefined))
    mistake(
      input.smtpUser === undefined ? "smtpUser" : "smtpPassword",
      "is missing; user and password go together",
    );
  if (input.smtpUser !== undefined && input.smtpSecurity === "none" && !isLoopback(input.smtpHost ?? ""))
    mistake("smtpSecurity", "none would send the password in the clear; use tls or starttls");
  if (input.imapHost !== undefined) {
    if ((input.imapUser ?? input.smtpUser) === undefined) mistake("imapUser", "is missing");
    if ((input.imapPassword ?? input.smtpPassword) === undefined) mistake("imapPassword", "is missing");
    if (input.imapSecurity === "none" && !isLoopback(input.imapHost))
      mistake("imapSecurity", "none would send the password in the clear; use tls or starttls");
  }
  return issues;
}

function nameOf(path: readonly (string | number)[]): string {
  const setting = settingList.find(({ name }) => name === path[0]);
  return setting?.variable ?? (path.join(".") || "settings");
}

function address(text: string, context: z.RefinementCtx): string {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: "must be one plain address, like agent@example.com" });
  return z.NEVER;
}
