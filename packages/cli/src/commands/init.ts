import { existsSync } from "node:fs";
import { join } from "node:path";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { writeNew } from "../files.js";
import { envExample, templates } from "../templates.js";

interface InitOptions {
  readonly format: keyof typeof templates;
  readonly force?: boolean;
}

const packages = ["cli", "core", "orchestrator", "storage-sqlite", "channel-console"].map(
  (name) => `@hybrid-orchestrator/${name}`,
);

export async function init({ io, out }: Context, { format, force }: InitOptions): Promise<ExitCode> {
  const files = { [`hybrid.config.${format}`]: templates[format], ".env.example": envExample };
  const there = Object.keys(files).filter((name) => existsSync(join(io.cwd, name)));
  // All or nothing: half a set-up is worse than none.
  if (there.length > 0 && force !== true)
    throw new OrchestratorError(
      "invalid_argument",
      `${there.join(" and ")} ${there.length === 1 ? "is" : "are"} there already. Pass --force to overwrite.`,
    );
  for (const [name, text] of Object.entries(files)) await writeNew(join(io.cwd, name), text, { force });
  const install = `npm install ${packages.join(" ")}${format === "ts" ? " @hybrid-orchestrator/config" : ""}`;
  out.document({ files: Object.keys(files), install });
  for (const name of Object.keys(files)) out.line(`wrote ${name}`);
  out.line(`Next: ${install}`);
  out.line("Then: npx hybrid-orchestrator check && npx hybrid-orchestrator run");
  return exitCodes.done;
}
