import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { type LoadedConfig, type LoadOptions, loadConfig } from "@hybrid-orchestrator/config";
import type { Trigger, TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { parseTrigger } from "@hybrid-orchestrator/triggers";
import type { Io } from "./io.js";
import { createOutput, type Output } from "./output.js";

export interface SharedOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What every command has. */
export interface Context {
  readonly io: Io;
  readonly out: Output;
  readonly json: boolean;
  readonly loadOptions: LoadOptions;
}

/** Variables of a file `.env` in the working directory count as well; the environment's own go before them. */
export async function createContext(io: Io, options: SharedOptions): Promise<Context> {
  const json = options.json === true;
  const env = { ...(await readEnvFile(join(io.cwd, ".env"))), ...io.env };
  return {
    io,
    json,
    out: createOutput(io, json),
    loadOptions: {
      cwd: io.cwd,
      env,
      ...(options.config !== undefined && { path: options.config }),
      ...(io.modules !== undefined && { modules: io.modules }),
    },
  };
}

async function readEnvFile(path: string): Promise<Record<string, string | undefined>> {
  try {
    return { ...parseEnv(await readFile(path, "utf8")) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Opens the configured storage for looking only: no plugin is started, nothing is sent, no rule fires. */
export async function looking<Result>(
  { loadOptions, io }: Context,
  look: (orchestrator: Orchestrator, config: LoadedConfig) => Promise<Result>,
): Promise<Result> {
  const config = await loadConfig(loadOptions);
  const triggers = selfContained(config.options.triggers ?? []);
  await using orchestrator = createOrchestrator({
    ...config.options,
    plugins: [],
    triggers: triggers.map((trigger) => ({ ...trigger, action: { type: "ask_agent" } })),
    clock: io.clock,
  });
  return await look(orchestrator, config);
}

/** The rules that need nothing that a plugin registers when it starts. */
export function selfContained(triggers: readonly TriggerInput[]): Trigger[] {
  return triggers
    .map((trigger) => parseTrigger(trigger))
    .filter(({ condition }) => !namesConditions(condition));
}

function namesConditions(condition: Trigger["condition"]): boolean {
  switch (condition.type) {
    case "custom":
      return typeof condition.evaluate === "string";
    case "all":
    case "any":
      return condition.conditions.some(namesConditions);
    case "not":
      return namesConditions(condition.condition);
    default:
      return false;
  }
}
