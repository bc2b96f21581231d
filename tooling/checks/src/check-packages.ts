import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packAll, tarballFindings, tarballs } from "./tarball.js";

/** Packs every package, keeps the tarballs, and fails on each thing that is wrong with one. */

rmSync(tarballs, { recursive: true, force: true });
packAll(tarballs);
for (const file of readdirSync(tarballs)) {
  const findings = await tarballFindings(new Uint8Array(readFileSync(join(tarballs, file))));
  for (const finding of findings) console.error(`${file}: ${finding}`);
  if (findings.length > 0) process.exitCode = 1;
}
