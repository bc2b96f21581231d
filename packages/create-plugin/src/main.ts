#!/usr/bin/env node
import { run } from "./run.js";

const { stdin: input, stdout: output } = process;

process.exitCode = await run(process.argv.slice(2), {
  folder: process.cwd(),
  ...(input.isTTY && output.isTTY && { terminal: { input, output } }),
  write: (text) => void output.write(text),
});
