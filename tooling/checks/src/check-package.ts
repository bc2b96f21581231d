import { pack, tarballFindings } from "./tarball.js";

/** Packs the package in the current folder and fails on each thing that is wrong with the tarball. */

const findings = await tarballFindings(pack(process.cwd()));
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
