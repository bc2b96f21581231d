import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { promisify } from "node:util";

/** A place outside the workspace, with npm as somebody has it who knows nothing of the workspace. */
export interface ThirdParty {
  readonly folder: string;
  npm(folder: string, ...args: string[]): Promise<string>;
  node(folder: string, ...args: string[]): Promise<string>;
  leave(): Promise<void>;
}

export function thirdParty(registry: string): ThirdParty {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "third-party-")));
  const home = join(folder, "home");
  mkdirSync(home);
  const bin = dirname(process.execPath);
  // The commands of the workspace would stand in for those that a package forgot to ask for.
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((one) => !one.split(sep).includes("node_modules"));
  const env = {
    PATH: [bin, ...found].join(delimiter),
    HOME: home,
    TMPDIR: tmpdir(),
    NO_COLOR: "1",
    npm_config_registry: registry,
    npm_config_cache: join(home, "cache"),
    npm_config_userconfig: join(home, "npmrc"),
    npm_config_globalconfig: join(home, "global-npmrc"),
    npm_config_ignore_scripts: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "0",
    // Nobody listens there: a request to anywhere but this machine fails.
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1,localhost",
  };

  /** Ends what it started when it takes too long; fails with what was printed. */
  async function run(command: string, cwd: string, args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(command, args, { cwd, env, timeout: 120_000 });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(" ")} failed.\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  return {
    folder,
    npm: (cwd, ...args) => run("npm", cwd, args),
    node: (cwd, ...args) => run(process.execPath, cwd, args),
    leave: () => rm(folder, { recursive: true, force: true }),
  };
}
