import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { OrchestratorError } from "@hybrid-orchestrator/core";

/** Writes a new file; an existing one stays as it is unless `force` is given. */
export async function writeNew(
  path: string,
  text: string,
  { force = false, mode = 0o644 }: { readonly force?: boolean | undefined; readonly mode?: number } = {},
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: force ? "w" : "wx", mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new OrchestratorError(
        "invalid_argument",
        `${path} is there already. Pass --force to overwrite it.`,
      );
    throw new OrchestratorError("invalid_argument", `${path} cannot be written (${code ?? "unknown"}).`, {
      cause: error,
    });
  }
}

/** @throws OrchestratorError `not_found` */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OrchestratorError("not_found", `${path} cannot be read (${code ?? "unknown"}).`, {
      cause: error,
    });
  }
}
