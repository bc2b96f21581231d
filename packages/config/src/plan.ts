import { type HubPolicyInput, hubPolicySchema } from "@hybrid-orchestrator/channel-hub";
import { type Plugin, type Storage, suggestName } from "@hybrid-orchestrator/core";
import type { z } from "zod";
import { channelPackages, olderFormOf, takeRetries } from "./channels.js";
import type { documentSchema } from "./document.js";
import { isPlainObject, valueAt } from "./plain.js";
import { type Path, type Problem, problem } from "./problem.js";
import { type Converted, convert } from "./seed/convert.js";
import { addListener } from "./seed/email.js";
import { policyOf } from "./seed/routing.js";

/** A plugin or a storage that has to be loaded. */
export interface Part {
  readonly kind: "plugin" | "storage";
  readonly package: string;
  /** Where the file names it; the root for what is taken by default. */
  readonly path: Path;
  readonly converted: Converted;
  /** What it is to be called, where it has an option for that. */
  readonly name?: string;
}

/** What a document asks for, before any plugin is loaded. */
export interface Plan {
  /** Null where what names it is broken. */
  readonly storage: Part | Storage | null;
  readonly plugins: readonly (Part | Plugin)[];
  readonly policy: HubPolicyInput;
  readonly problems: readonly Problem[];
}

export type Document = z.input<typeof documentSchema>;

/** A document without the parts that its schema refused, so that the others can still be looked at. */
export interface Sound {
  readonly document: Document;
  readonly brokenStorage: boolean;
  readonly brokenPlugins: ReadonlySet<number>;
  /** What holds routes, sound or not. */
  readonly routing: unknown;
  readonly delivery: unknown;
}

export const defaultStorage = "@hybrid-orchestrator/storage-sqlite";

export function plan(sound: Sound): Plan {
  const { document, brokenStorage, brokenPlugins } = sound;
  const channels = planChannels(document);
  const plugins = (document.plugins ?? []).flatMap((each, index) =>
    brokenPlugins.has(index) ? [] : [planPart<Plugin>("plugin", each, ["plugins", index])],
  );
  const policy = mergePolicy(document, channels.settings);
  return {
    storage: brokenStorage
      ? null
      : planPart<Storage>("storage", document.storage ?? { plugin: defaultStorage }, ["storage"]),
    plugins: [...channels.parts, ...plugins],
    policy,
    problems: [...channels.problems, ...checkRoutes(sound)],
  };
}

type Named = string | { readonly plugin: string; readonly options?: Record<string, unknown> | undefined };

function planPart<Value>(kind: Part["kind"], given: Named | Value, at: Path): Part | Value {
  const named = asNamed(given);
  if (named === null) return given as Value;
  const options = { ...named.options };
  if (named.plugin === defaultStorage) options.path ??= "sessions.db";
  return {
    kind,
    package: named.plugin,
    path: typeof given === "string" || at.length === 0 ? at : [...at, "plugin"],
    converted: convert(options, null, [...at, "options"]),
  };
}

/** The parts of a document that can be planned, given what its schema found wrong in it. */
export function soundParts(input: unknown, problems: readonly Problem[]): Sound {
  const document: Record<string, unknown> = isPlainObject(input) ? { ...input } : {};
  const brokenPlugins = new Set<number>();
  let brokenStorage = false;
  for (const {
    path: [section, name],
  } of problems) {
    if (section === "plugins" && typeof name === "number") brokenPlugins.add(name);
    else if (section === "channels" && name !== undefined)
      // Its name is still one that routes may have.
      document.channels = { ...(document.channels as object), [name]: { plugin: ".", enabled: false } };
    else if (section !== undefined) {
      brokenStorage ||= section === "storage";
      delete document[section];
    }
  }
  const { routing, delivery } = isPlainObject(input) ? input : {};
  return { document: document as Document, brokenStorage, brokenPlugins, routing, delivery };
}

function asNamed(given: unknown): Exclude<Named, string> | null {
  if (typeof given === "string") return { plugin: given };
  return isPlainObject(given) && typeof given.plugin === "string" ? (given as Exclude<Named, string>) : null;
}

function planChannels({ channels, email_listener: listener }: Document) {
  const parts: Part[] = [];
  const problems: Problem[] = [];
  const settings: NonNullable<HubPolicyInput["channels"]> = {};
  const listens = listener !== undefined && listener.enabled !== false;
  for (const [name, channel] of Object.entries(channels ?? {})) {
    const at: Path = ["channels", name];
    const known = Object.hasOwn(channelPackages, name) ? channelPackages[name] : undefined;
    const packageName = channel.plugin ?? known;
    if (packageName === undefined) {
      const near = suggestName(name, Object.keys(channelPackages));
      problems.push(
        problem(
          "unknown_channel",
          at,
          `needs its package under plugin, since no channel is called so${near}`,
        ),
      );
      continue;
    }
    if (channel.enabled === false) continue;
    const retries = takeRetries(channel.config ?? {}, [...at, "config"]);
    problems.push(...retries.problems);
    if (Object.keys(retries.settings).length > 0) settings[name] = retries.settings;
    const own = convert(retries.options, olderFormOf(packageName), [...at, "config"]);
    const listening =
      name === "email" && listens
        ? addListener(own, listener.config ?? {}, ["email_listener", "config"])
        : { converted: own, problems: [] };
    problems.push(...own.problems, ...listening.problems);
    const path = channel.plugin === undefined ? at : [...at, "plugin"];
    parts.push({ kind: "plugin", package: packageName, path, converted: listening.converted, name });
  }
  if (listens && !parts.some(({ name }) => name === "email"))
    problems.push(problem("invalid_value", ["email_listener"], "needs channels.email to be enabled"));
  return { parts, problems, settings };
}

/** What `delivery` says goes before what the older keys say. */
function mergePolicy(
  { routing, delivery }: Document,
  channels: NonNullable<HubPolicyInput["channels"]>,
): HubPolicyInput {
  const older = routing === undefined ? {} : policyOf(routing);
  const merged = { ...channels };
  for (const [name, settings] of Object.entries(delivery?.channels ?? {}))
    merged[name] = { ...merged[name], ...settings };
  return {
    ...older,
    ...delivery,
    ...((older.urgencyRoutes ?? delivery?.urgencyRoutes) && {
      urgencyRoutes: { ...older.urgencyRoutes, ...delivery?.urgencyRoutes },
    }),
    ...(Object.keys(merged).length > 0 && { channels: merged }),
  };
}

/** Other plugins may register channels of any name, so then only a name that is nearly right can be told to be wrong. */
function checkRoutes({ document: { channels, plugins = [] }, routing, delivery }: Sound): Problem[] {
  const defaults = hubPolicySchema.parse({});
  const tables = [defaults.urgencyRoutes, defaults.needRoutes, defaults.severityRoutes];
  const known = [
    ...Object.keys(channels ?? {}),
    ...tables.flatMap((table) => Object.values(table).flat()),
    ...Object.keys(channelPackages),
  ];
  const named = [
    ...["default_channel", "urgency_routing", "fallback_channels"].map((key) => ["routing", key]),
    ...["urgencyRoutes", "needRoutes", "severityRoutes", "fallbackChannels"].map((key) => ["delivery", key]),
  ].flatMap((path) => namesIn(valueAt({ routing, delivery }, path), path));
  return named.flatMap(({ name, path }) => {
    if (known.includes(name)) return [];
    const near = suggestName(name, [...new Set(known)]);
    if (plugins.length > 0 && !near.startsWith("; did you mean")) return [];
    return [problem("unknown_channel", path, `names a channel that there is not${near}`)];
  });
}

function namesIn(value: unknown, path: Path): { readonly name: string; readonly path: Path }[] {
  if (typeof value === "string") return [{ name: value, path }];
  if (!Array.isArray(value) && !isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    namesIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
