import { isAbsolute, resolve } from "node:path";
import {
  errorMessage,
  OrchestratorError,
  type Plugin,
  type PluginDescriptor,
  type Storage,
  type StorageDescriptor,
  suggestName,
} from "@hybrid-orchestrator/core";
import { knownPackages } from "./channels.js";
import { checkValue } from "./check-value.js";
import { type JsonSchema, jsonSchemaOf, keysAt } from "./json-schema-tools.js";
import type { Modules } from "./modules.js";
import { isPlainObject } from "./plain.js";
import { defaultStorage, type Part } from "./plan.js";
import { type Path, type Problem, problem } from "./problem.js";
import { atSource } from "./seed/convert.js";

type Descriptor = PluginDescriptor | StorageDescriptor;

export interface LoadedPart {
  /** Null where there are problems. */
  readonly value: Plugin | Storage | null;
  readonly problems: readonly Problem[];
  /** What it takes; null where it could not be loaded. */
  readonly schema: JsonSchema | null;
}

export interface PartContext {
  readonly modules: Modules;
  /** The configuration's folder. */
  readonly folder: string;
  isText(path: Path): boolean;
  /** Whether something below it could not be read, so that more of it would only be consequences. */
  isBroken(path: Path): boolean;
}

/** Loads a plugin by its name, checks its options with its own schema, and makes it. Nothing is opened yet. */
export async function loadPart(
  part: Part,
  { modules, folder, isText, isBroken }: PartContext,
): Promise<LoadedPart> {
  const { kind, path, converted } = part;
  const found = await findDescriptor(part, modules);
  if ("code" in found) return { value: null, problems: [found], schema: null };
  const schema = jsonSchemaOf(found.config);
  const given = withDefaults(part, keysAt(schema, []), folder);
  const refused = (problems: readonly Problem[]): LoadedPart => ({ value: null, problems, schema });
  try {
    const { output, problems } = await checkValue(found.config, given, (at) =>
      isText(converted.toSource(at)),
    );
    if (problems.length > 0) return refused(problems.map((each) => atSource(each, converted)));
    if (isBroken(converted.at)) return refused([]);
    const value = found.create(output);
    if (isMade(kind, value)) return { value, problems: [], schema };
    return refused([problem("invalid_plugin", path, `${part.package} makes no ${kind}`)]);
  } catch (error) {
    // What cannot be said in a schema, e.g. that one option needs another; anything else is the plugin's own defect.
    if (OrchestratorError.isInstance(error))
      return refused([problem("invalid_value", path, errorMessage(error))]);
    return refused([problem("invalid_plugin", path, `${part.package} fails: ${errorMessage(error)}`)]);
  }
}

function isMade(kind: Part["kind"], value: Partial<Plugin & Storage> | null | undefined): boolean {
  return typeof (kind === "storage" ? value?.commit : value?.setup) === "function";
}

async function findDescriptor(part: Part, modules: Modules): Promise<Descriptor | Problem> {
  const { kind, path } = part;
  let module: Readonly<Record<string, unknown>> | null;
  try {
    module = await modules.load(part.package);
  } catch (error) {
    return problem("invalid_plugin", path, `${part.package} cannot be loaded: ${errorMessage(error)}`);
  }
  if (module === null) return notInstalled(part);
  const descriptor = [
    module.descriptor,
    (module.default as typeof module | undefined)?.descriptor,
    module.default,
  ].find(isDescriptor);
  if (descriptor === undefined)
    return problem("invalid_plugin", path, `${part.package} exports no descriptor of a plugin`);
  const isStorage = "kind" in descriptor && descriptor.kind === "storage";
  if (isStorage !== (kind === "storage"))
    return problem("invalid_plugin", path, `${part.package} is ${isStorage ? "a" : "no"} storage`);
  return descriptor;
}

function notInstalled({ package: name, path, kind }: Part): Problem {
  const near = suggestName(name, knownPackages);
  if (near.startsWith("; did you mean") && !knownPackages.includes(name))
    return problem("unknown_plugin", path, `${name} is not installed${near}`);
  const advice = name.startsWith(".") ? "" : `; run npm install ${name}`;
  const other = kind === "storage" && name === defaultStorage ? ", or name another storage under plugin" : "";
  return problem("unknown_plugin", path, `${name} is not installed${advice}${other}`);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isPlainObject(value) || typeof value.create !== "function") return false;
  const schema = value.config as
    | { readonly "~standard"?: { readonly validate?: unknown } }
    | null
    | undefined;
  return typeof schema?.["~standard"]?.validate === "function";
}

function withDefaults(part: Part, known: readonly string[], folder: string): Record<string, unknown> {
  const options = { ...part.converted.options };
  if (part.name !== undefined && known.includes("name")) options.name ??= part.name;
  const { path } = options;
  // Beside the configuration, wherever the program was started.
  if (part.package === defaultStorage && typeof path === "string" && path !== ":memory:" && !isAbsolute(path))
    options.path = resolve(folder, path);
  return options;
}
