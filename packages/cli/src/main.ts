#!/usr/bin/env node
import { runCli } from "./cli.js";
import { exitCodes } from "./exit-codes.js";
import { processIo } from "./io.js";

const args = process.argv.slice(2);
process.exitCode = await runCli(args, processIo({ json: args.includes("--json") }));
// A second signal: what is still under way is not waited for.
if (process.exitCode === exitCodes.interrupted) process.exit();
