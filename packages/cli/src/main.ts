#!/usr/bin/env node
import { runCli } from "./cli.js";
import { exitCodes } from "./exit-codes.js";
import { processIo } from "./io.js";

const args = process.argv.slice(2);
const strict = args[0] === "mcp" || args.includes("--json");
process.exitCode = await runCli(args, processIo({ strict }));
// A second signal: what is still under way is not waited for.
if (process.exitCode === exitCodes.interrupted) process.exit();
