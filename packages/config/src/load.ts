import { dirname, resolve } from "node:path";
import { formatPath, type JsonObject, type Plugin, type Storage } from "@hybrid-orchestrator/core";
import type { OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import type { ListenOptions, ServerOptions } from "@hybrid-orchestrator/server";
import { checkValue } from "./check-value.js";
import { documentSchema } from "./document.js";
import type { Environment } from "./environment.js";
import { configJsonSchema } from "./json-schema.js";
import type { JsonSchema } from "./json-schema-tools.js";
import { type LoadedPart, loadPart, type PartContext } from "./load-part.js";
import { createMask } from "./mask.js";
import { fileNames, findFile, type Modules, modulesOf } from "./modules.js";
import { type Document, type Part, plan, soundParts } from "./plan.js";
import { type Path, type Problem, problem, refuse } from "./problem.js";
import { readConfig } from "./read-config.js";
import { readTriggers } from "./read-triggers.js";
import { redact, secretsIn } from "./redact.js";

export interface LoadOptions {
  /** The file. Default: the first of `hybrid.config.*` and `channels.yaml` in `cwd` or a folder above it. */
  readonly path?: string;
  /** Default: the process's. */
  readonly cwd?: string;
  /** Default: the process's. */
  readonly env?: Environment;
  /** How packages are loaded. Default: as the configuration file itself would import them. */
  readonly modules?: Modules;
}

export interface LoadedConfig {
  /** The file. */
  readonly path: string;
  /** For `createOrchestrator`; clock and logger are yours to add. */
  readonly options: OrchestratorOptions;
  /** For `createServer` and its `listen`; null where the file has no `server`. */
  readonly server: {
    readonly options: Omit<ServerOptions, "orchestrator">;
    readonly listen: ListenOptions;
  } | null;
}

export interface Check {
  /** Null where no file was found. */
  readonly path: string | null;
  readonly problems: readonly Problem[];
  /** Null where there are problems. */
  readonly config: LoadedConfig | null;
  /** The document for people to look at: variables unresolved, secrets hidden. */
  readonly printable: JsonObject;
  /** A JSON Schema for editors, with the options of the plugins that this file names. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** @throws OrchestratorError `invalid_configuration` that lists every mistake, one a line. */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const { path, problems, config } = await checkConfig(options);
  return config ?? refuse(problems, path);
}

/** Reads a configuration and everything it names; opens and starts nothing. */
export async function checkConfig(options: LoadOptions = {}): Promise<Check> {
  const { cwd = process.cwd(), env = process.env } = options;
  const path = options.path === undefined ? await findFile(cwd) : resolve(cwd, options.path);
  if (path === null) {
    const message = `There is no configuration. Looked for ${fileNames.join(", ")} in ${cwd} and above.`;
    return {
      path,
      problems: [problem("no_file", [], message)],
      config: null,
      printable: {},
      jsonSchema: configJsonSchema(),
    };
  }
  const source = await readConfig(path, env);
  const { modules = modulesOf(path) } = options;
  const context: PartContext = {
    modules,
    folder: dirname(path),
    isText: source.isText,
    isBroken: (at) => source.problems.some((each) => at.every((key, index) => each.path[index] === key)),
  };

  const readable = source.value !== null;
  const shape = readable
    ? await checkValue(documentSchema, source.value, source.isText)
    : { input: {}, problems: [] };
  const sound = soundParts(shape.input, shape.problems);
  const planned = plan(sound);
  const triggers = await readTriggers(sound.document.triggers ?? [], { ...context, env });
  const storage = planned.storage === null || !readable ? null : await made(planned.storage, context);
  const plugins = [];
  for (const each of readable ? planned.plugins : []) plugins.push(await made(each, context));
  const loaded = [...(storage === null ? [] : [storage]), ...plugins];

  const mask = createMask([...source.taken, ...triggers.taken, ...secretsIn(source.value)]);
  const problems: Problem[] = [
    ...source.problems,
    ...shape.problems,
    ...planned.problems,
    ...triggers.problems,
    ...loaded.flatMap((each) => each.problems),
    ...repeatedNames(plugins),
  ]
    .filter((each, index) => index < source.problems.length || !hasPlace(source.problems, each.path))
    .map((each) => ({
      ...each,
      message: mask(each.message),
      ...(each.file === undefined && each.line === undefined && source.locate(each.path)),
    }));
  problems.sort(byPlace);
  const values = plugins.map(({ value }) => value as Plugin | null);
  const store = (storage?.value ?? null) as Storage | null;
  return {
    path,
    problems,
    config:
      problems.length > 0 || store === null
        ? null
        : {
            path,
            options: {
              ...(triggers.maxFiresPerSession !== null && {
                maxFiresPerSession: triggers.maxFiresPerSession,
              }),
              ...settingsOf(sound.document.orchestrator),
              storage: store,
              plugins: values.filter((value) => value !== null),
              triggers: triggers.triggers,
              delivery: planned.policy,
            },
            server: serverOf(sound.document.server),
          },
    printable: redact(source.raw, schemaIn(loaded)),
    jsonSchema: configJsonSchema(schemasByPackage(loaded)),
  };
}

function hasPlace(problems: readonly Problem[], path: Path): boolean {
  return path.length > 0 && problems.some((each) => formatPath(each.path) === formatPath(path));
}

/** As they stand in the file; those without a place first, those of other files last. */
function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return (a.file ?? "") < (b.file ?? "") ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

type Made = LoadedPart & { readonly part: Part | null; readonly path: Path };

async function made(planned: Part | Plugin | Storage, context: PartContext): Promise<Made> {
  if (!("converted" in planned)) return { value: planned, problems: [], schema: null, part: null, path: [] };
  return { ...(await loadPart(planned, context)), part: planned, path: planned.path };
}

function repeatedNames(plugins: readonly Made[]): Problem[] {
  const seen = new Set<string>();
  return plugins.flatMap(({ value, path }) => {
    if (value === null) return [];
    if (!seen.has(value.name)) {
      seen.add(value.name);
      return [];
    }
    return [
      problem("invalid_value", path, `is a second plugin named ${value.name}; give it a name of its own`),
    ];
  });
}

function schemaIn(loaded: readonly Made[]) {
  return (path: Path): { schema: JsonSchema; path: Path } | null => {
    for (const { part, schema } of loaded) {
      const at = part?.converted.at;
      if (at !== undefined && schema !== null && at.every((key, index) => path[index] === key))
        return { schema, path: path.slice(at.length) };
    }
    return null;
  };
}

function schemasByPackage(loaded: readonly Made[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    loaded.flatMap(({ part, schema }) => (part === null || schema === null ? [] : [[part.package, schema]])),
  );
}

function settingsOf(given: Document["orchestrator"]): Partial<OrchestratorOptions> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
}

function serverOf(given: Document["server"]): LoadedConfig["server"] {
  if (given === undefined) return null;
  const { port = 3000, host, ...rest } = given;
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { options, listen: { port, ...(host !== undefined && { host }) } };
}
