import { hubPolicySchema } from "@hybrid-orchestrator/channel-hub";
import type { Plugin, Storage, TriggerInput } from "@hybrid-orchestrator/core";
import { orchestratorSettingsSchema } from "@hybrid-orchestrator/orchestrator";
import { listenOptionsSchema, serverSettingsSchema } from "@hybrid-orchestrator/server";
import { z } from "zod";
import { routingSchema } from "./seed/routing.js";

const name = z.string().min(1).max(200);
const options = z.record(z.string(), z.unknown());

const part = z.strictObject({
  /** A package, or a file that begins with a dot. */
  plugin: name,
  /** What the plugin's own schema takes. */
  options: options.optional(),
});

const channel = z.strictObject({
  enabled: z.boolean().optional(),
  /** Default: the package of the channel of that name. */
  plugin: name.optional(),
  config: options.nullish(),
});

const listener = z.strictObject({ enabled: z.boolean().optional(), config: options.nullish() });

const plugin = z.custom<Plugin>(
  (value) => typeof (value as Partial<Plugin> | null)?.setup === "function",
  "must be a package's name, { plugin, options }, or a plugin",
);
const storage = z.custom<Storage>(
  (value) => typeof (value as Partial<Storage> | null)?.commit === "function",
  "must be a package's name, { plugin, options }, or a storage",
);

const triggerList = z.array(z.union([z.string(), options]));

/** What a file in YAML or JSON can say. */
export const textSchema = z.strictObject({
  $schema: z.string().optional(),
  /** Where sessions are kept. Default: storage-sqlite, in sessions.db beside the file. */
  storage: z.union([name, part]).optional(),
  plugins: z.array(z.union([name, part])).optional(),
  /** Channels by name. */
  channels: z.record(name, channel).nullish(),
  email_listener: listener.optional(),
  routing: routingSchema.optional(),
  /** Rules, or the file that has them. */
  triggers: z.union([z.string(), triggerList, options]).optional(),
  delivery: hubPolicySchema.optional(),
  orchestrator: orchestratorSettingsSchema.strict().optional(),
  server: serverSettingsSchema
    .safeExtend({ port: listenOptionsSchema.shape.port.default(3000), host: listenOptionsSchema.shape.host })
    .optional(),
});

/** One in TypeScript can hold plugins and storages themselves besides. */
export const documentSchema = textSchema.extend({
  storage: z.union([name, part, storage]).optional(),
  plugins: z.array(z.union([name, part, plugin])).optional(),
});

type Text = z.input<typeof textSchema>;
export interface Config extends Omit<Text, "storage" | "plugins" | "triggers"> {
  readonly storage?: Text["storage"] | Storage;
  readonly plugins?: readonly (NonNullable<Text["plugins"]>[number] | Plugin)[];
  /** Rules, or the files that have them. */
  readonly triggers?: string | readonly (string | TriggerInput)[] | Record<string, unknown>;
}

/** For `hybrid.config.ts`: `export default defineConfig({ … })`, with completion. */
export function defineConfig(config: Config): Config {
  return config;
}
