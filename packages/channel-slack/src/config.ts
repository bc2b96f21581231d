import { z } from "zod";
import { isSlackId } from "./address.js";

const secret = z
  .string()
  .regex(/^[\x21-\x7e]{8,500}$/, "must be 8 to 500 visible ASCII characters, as Slack shows it");

export const slackChannelConfigSchema = z
  .strictObject({
    /** What routes and messages call it, and where its routes lie: `/hooks/NAME`. */
    name: z
      .string()
      .regex(/^[\w.-]{1,100}$/, "must be 1 to 100 letters, digits, dots, hyphens or underscores")
      .default("slack"),
    /** "Bot User OAuth Token", `xoxb-…`. */
    botToken: secret,
    /** "Signing Secret"; several while one takes the place of another. Absent: nothing is taken in. */
    signingSecret: z.union([secret, z.array(secret).min(1).max(10)]).optional(),
    /** "App-Level Token", `xapp-…`, for Socket Mode; instead of `signingSecret`, since nothing comes in over HTTP then. */
    appToken: secret.startsWith("xapp-").optional(),
    audience: z.enum(["user", "worker", "both"]).default("both"),
    /** The id of a Slack channel for workers that have no Slack id of their own. */
    defaultChannel: z.string().refine(isSlackId, "must be an id such as C0123456789, not a name").optional(),
    /** Whether a message's buttons give way to who clicked which. */
    markClicks: z.boolean().default(true),
    /** Where the Web API is. */
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ""))
      .default("https://slack.com/api"),
    /** For connecting, for the answer's head and for its body, each. */
    timeoutMs: z.int().min(1).max(600_000).default(10_000),
  })
  .refine(({ audience, defaultChannel }) => defaultChannel === undefined || audience === "worker", {
    // What a user did not get must never land in a team's channel.
    message: 'needs audience: "worker", since a message for a user must not land in a channel of the team',
    path: ["defaultChannel"],
  })
  .refine(({ appToken, signingSecret }) => appToken === undefined || signingSecret === undefined, {
    message: "takes the place of signingSecret: an app gets its events over a socket or over HTTP. Pass one",
    path: ["appToken"],
  });
export type SlackChannelConfig = z.input<typeof slackChannelConfigSchema>;
export type Settings = z.output<typeof slackChannelConfigSchema>;
