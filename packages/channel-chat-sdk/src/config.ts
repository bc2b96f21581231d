import { z } from "zod";
import { type ChatAdapter, type ChatState, isChatAdapter, isChatState } from "./adapter.js";

const words = z.array(z.string().trim().min(1).max(50)).max(100);

const name = z
  .string()
  .regex(/^[\w.-]{1,100}$/, "must be 1 to 100 letters, digits, dots, hyphens or underscores");

const options = {
  audience: z.enum(["user", "worker", "both"]).default("both"),
  /** `text` arrives as it is written; `markdown` as far as the platform shows it. */
  format: z.enum(["text", "markdown"]).default("text"),
  /** The longest text in UTF-16 units. Default: what is known of the platform. */
  maxLength: z.int().min(1).max(1_000_000).optional(),
  /** The whole text of a message, in any case. */
  optOutWords: words.default(["STOP", "/stop", "UNSUBSCRIBE"]),
  optInWords: words.default(["START", "/start", "UNSTOP"]),
  humanWords: words.default(["HUMAN", "/human", "AGENT"]),
};

export const chatSdkChannelConfigSchema = z.strictObject({
  /** What routes and messages call it, and where its route lies: `/hooks/NAME/webhook`. Default: the adapter's name. */
  name: name.optional(),
  /** Made by a package such as `@chat-adapter/telegram`. */
  adapter: z.custom<ChatAdapter>(isChatAdapter, "must be an adapter of the npm package chat"),
  /** Where the adapter remembers what it needs. Default: in memory, until the process ends. */
  state: z.custom<ChatState>(isChatState, "must be a state of the npm package chat").optional(),
  ...options,
});
export type ChatSdkChannelConfig = z.input<typeof chatSdkChannelConfigSchema>;

export type Settings = z.output<typeof chatSdkChannelConfigSchema> & {
  readonly name: string;
};

/** What a configuration file may hold: where the adapter comes from in place of the adapter. */
export const chatSdkFileConfigSchema = z.strictObject({
  name,
  adapter: z.strictObject({
    /** An installed package: `@chat-adapter/telegram`. */
    package: z.string().min(1).max(200),
    /** The function that makes the adapter: `createTelegramAdapter`. Default: the only export of such a name. */
    export: z.string().min(1).max(200).optional(),
    /** Its argument. */
    options: z.record(z.string(), z.unknown()).default({}),
  }),
  ...options,
});
export type ChatSdkFileConfig = z.output<typeof chatSdkFileConfigSchema>;
