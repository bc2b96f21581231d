import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { resolve } from "import-meta-resolve";
import { type ChatAdapter, isChatAdapter } from "./adapter.js";
import type { ChatSdkFileConfig } from "./config.js";
import { silent } from "./silent-logger.js";

/**
 * Makes an adapter by the package that a configuration file names. It is found from the folder that the process runs in,
 * where the app has installed it.
 * @throws OrchestratorError `invalid_configuration`.
 */
export async function loadAdapter({
  package: name,
  export: exported,
  options,
}: ChatSdkFileConfig["adapter"]): Promise<ChatAdapter> {
  const module = await importPackage(name);
  const key = exported ?? factoryIn(module, name);
  const create = module[key];
  if (typeof create !== "function") throw refused(`${name} exports no function ${key}`);
  let adapter: unknown;
  try {
    // Else it logs to the console, with what people write and who they are.
    adapter = create({ logger: silent, ...options });
  } catch (cause) {
    // Its own words may repeat an option.
    throw refused(`${key} of ${name} does not take its options. See the package's README`, cause);
  }
  if (!isChatAdapter(adapter)) throw refused(`${key} of ${name} makes no adapter of the npm package chat`);
  return adapter;
}

async function importPackage(name: string): Promise<Readonly<Record<string, unknown>>> {
  let url: string;
  try {
    url = resolve(name, pathToFileURL(join(process.cwd(), "package.json")).href);
  } catch (cause) {
    throw refused(`The package ${name} is not installed. Run npm install ${name}`, cause);
  }
  return (await import(url)) as Readonly<Record<string, unknown>>;
}

function factoryIn(module: object, name: string): string {
  const [only, ...others] = Object.keys(module).filter((key) => /^create\w*Adapter$/.test(key));
  if (only === undefined || others.length > 0)
    throw refused(`${name} does not tell which export makes an adapter. Pass adapter.export`);
  return only;
}

function refused(message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError("invalid_configuration", `${message}.`, { cause });
}
