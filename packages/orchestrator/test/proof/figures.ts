import { appendFileSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../node_modules/.cache/reliability/", import.meta.url));

/** Tells what a proof has done, as a row of the table in `apps/docs/reliability.md`. */
export function tellFigures(proof: string, did: string, startedAt: number): void {
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores, Node ${process.versions.node.split(".")[0]}`;
  const row = `| ${proof} | ${did} | ${seconds} s | ${date} | ${machine} |\n`;
  process.stdout.write(row);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, "figures.md"), row);
}
