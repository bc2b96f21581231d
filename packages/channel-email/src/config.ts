import { isStorableText } from "@hybrid-orchestrator/core";
import { parseAddress } from "@hybrid-orchestrator/mail";
import { z } from "zod";

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => isStorableText(text) && !/\p{Cc}/u.test(text), "must not hold control characters");
const word = z.string().trim().min(1).max(50);
const address = z.string().transform((text, context) => {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: "must be one plain address, like help@example.com" });
  return z.NEVER;
});
const baseUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .max(500)
  .refine((url) => !/[?#@]/.test(url), "must have no user name, query or fragment")
  .transform((url) => url.replace(/\/+$/, ""));
const security = z.enum(["tls", "starttls", "none"]);
const port = z.int().min(1).max(65_535);

interface Server {
  readonly host: string;
  readonly security: "tls" | "starttls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

function keepsPasswords({ host, security, user }: Server): boolean {
  return security !== "none" || user === undefined || loopback.test(host);
}
function hasWholeAccount({ user, password }: Server): boolean {
  return (user === undefined) === (password === undefined);
}
const inTheClear = { message: "security none would send the password in the clear; use tls or starttls" };
const halfAnAccount = { message: "user and password go together" };

const smtp = z
  .strictObject({
    host: line(255),
    /** Default: 465 for tls, 587 for starttls, 25 for none. */
    port: port.optional(),
    /** `starttls` is required then, never optional. */
    security: security.default("starttls"),
    user: line(255).optional(),
    password: line(1_000).optional(),
  })
  .refine(keepsPasswords, inTheClear)
  .refine(hasWholeAccount, halfAnAccount);

const imap = z
  .strictObject({
    host: line(255),
    /** Default: 993 for tls, else 143. */
    port: port.optional(),
    security: security.default("tls"),
    user: line(255),
    password: line(1_000),
    mailbox: line(255).default("INBOX"),
    /** Longest time between two looks, should the server tell of nothing. */
    pollSeconds: z.int().min(1).max(1_500).default(60),
    timeoutSeconds: z.int().min(1).max(600).default(30),
    /** How far back a start looks for mail that came while nothing ran. What was taken in before is not taken again. */
    lookBackHours: z.int().min(1).max(720).default(48),
  })
  .refine(keepsPasswords, inTheClear);

const common = {
  /** What routes and messages call it. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "must be letters, digits, dots, hyphens and underscores")
    .default("email"),
  audience: z.enum(["user", "worker", "both"]).default("both"),
  /** Who is told session, trigger and reason below the text. */
  footerFor: z.enum(["everybody", "workers", "nobody"]).default("everybody"),
  /** The whole text of an answer, in any case. */
  optOutWords: z.array(word).max(100).default(["STOP", "UNSUBSCRIBE", "OPT OUT"]),
  optInWords: z.array(word).max(100).default(["START", "SUBSCRIBE"]),
  humanWords: z.array(word).max(100).default(["HUMAN", "AGENT"]),
  /** For one mail, and for each request. */
  timeoutSeconds: z.int().min(1).max(600).default(25),
};

const sender = z.strictObject({
  /** The sender's address, and where bounces go. */
  from: address,
  fromName: line(100).optional(),
  smtp,
  /**
   * Keys of the tokens by which answers find their session, as `signedTokens` takes them: the first signs, all verify.
   * `createSecret()` makes a secret.
   */
  tokenKeys: z
    .array(z.strictObject({ id: z.int().min(0).max(127), secret: z.string().min(1).max(200) }))
    .min(1)
    .max(5),
  /** For how long an answer finds its session, and an unsubscribe link works. */
  tokenDays: z.int().min(1).max(3_650).default(90),
  /** An address whose mail arrives with anything after a plus: answers go to `reply+TOKEN@example.com`. */
  replyAddress: address
    .refine(
      (text) => text.indexOf("@") <= 10,
      "may have 10 characters before the @, to leave room for a token",
    )
    .optional(),
  /** Where the server can be reached from outside. With it, mail to users carries an unsubscribe link (RFC 8058). */
  publicUrl: baseUrl.optional(),
});

const agent = (port: number) => ({
  baseUrl: baseUrl.default(`http://localhost:${port}`),
  /** Exact origins that `baseUrl` may lead to although they are not public. */
  trustedOrigins: z
    .array(z.string())
    .max(10)
    .default([`http://localhost:${port}`]),
  /** The longest first pause before a lost connection for events is tried again; it doubles up to a minute. */
  reconnectDelayMs: z.int().min(1).max(60_000).default(5_000),
});

/** What a configuration file may hold. */
export const emailChannelConfigSchema = z.discriminatedUnion("way", [
  /** Mail by SMTP, answers by IMAP. Without `imap` nothing comes in. */
  z.strictObject({ way: z.literal("smtp"), ...common, ...sender.shape, imap: imap.optional() }),
  /** Through an e-mail agent that serves the contract of `apps/email-agent`. */
  z.strictObject({
    way: z.literal("orchestrator"),
    ...common,
    ...agent(3001),
    apiKey: z
      .string()
      .max(500)
      .min(1, "is missing; pass it or set EMAIL_AGENT_API_KEY")
      .prefault(() => process.env.EMAIL_AGENT_API_KEY ?? ""),
  }),
  /** The public demo of an e-mail agent: it reads alone. With `sender`, mail leaves by SMTP. */
  z.strictObject({
    way: z.literal("public-demo"),
    ...common,
    ...agent(3000),
    sender: sender.optional(),
  }),
]);
export type EmailChannelConfig = z.input<typeof emailChannelConfigSchema>;
export type EmailSettings = z.output<typeof emailChannelConfigSchema>;
export type SettingsOf<Way extends EmailSettings["way"]> = Extract<EmailSettings, { way: Way }>;
export type SenderSettings = z.output<typeof sender>;
export type ImapConfig = z.output<typeof imap>;
