import { writeFileSync } from "node:fs";
import { pack, tarballFindings, tarballName } from "./tarball.js";

/** Packs the package in the current folder, keeps the tarball, and fails on each thing that is wrong with it. */

const tarball = pack(process.cwd());
writeFileSync(tarballName, tarball);
const findings = await tarballFindings(tarball);
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
