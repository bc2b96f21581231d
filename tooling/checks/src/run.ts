import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";

/** `tsx run.ts [--quiet] <step>…` runs the steps in order and stops at the first that fails. */

interface Step {
  heading: string;
  command: string[];
  env?: Record<string, string>;
}

const turbo = ["turbo", "run", "--output-logs=errors-only", "--log-order=grouped", "--concurrency=2"];
// TypeScript 7. The one at the root is 5.9, for the tools that need its JavaScript API.
const tsc = ["node", "tooling/build/node_modules/typescript-7/bin/tsc"];
// Biome writes escape codes into logs too, unless it is told not to.
const colors = process.stdout.isTTY ? [] : ["--colors=off"];
const biome = ["biome", "ci", "--config-path=tooling/biome/config.json", ...colors];
const vitest = ["vitest", "run", "--config", "tooling/vitest/vitest.config.ts"];

const steps = new Map<string, Step>([
  ["build", { heading: "Build (tsup, cached by turbo)", command: [...turbo, "build"] }],
  [
    "declarations",
    { heading: "Types of the packages", command: ["tsx", "tooling/build/src/declarations.ts"] },
  ],
  [
    "typecheck",
    { heading: "Types (tsc)", command: [...tsc, "--noEmit", "-p", "tooling/tsconfig/check.json"] },
  ],
  ["lint", { heading: "Lint and format (biome)", command: [...biome, "--error-on-warnings"] }],
  [
    "unused",
    {
      heading: "Unused code and dependencies (knip)",
      command: ["knip", "--config", "tooling/knip/knip.json", "--no-config-hints"],
    },
  ],
  [
    "packages",
    {
      heading: "Packed packages (publint, arethetypeswrong)",
      command: ["tsx", "tooling/checks/src/check-packages.ts"],
    },
  ],
  ["vitest", { heading: "Tests (vitest)", command: vitest }],
  ["soak", { heading: "Tests, long runs included (vitest, SOAK=1)", command: vitest, env: { SOAK: "1" } }],
]);

const flags = process.argv.slice(2);
const quiet = flags.includes("--quiet");
const names = flags.filter((flag) => flag !== "--quiet");

// One place for what each tool reads, so that no script depends on the shell's way to set a variable.
const env = { ...process.env, DO_NOT_TRACK: "1", TURBO_TELEMETRY_DISABLED: "1" };
mkdirSync("node_modules/.cache", { recursive: true });

for (const name of names) {
  const step = steps.get(name);
  if (step === undefined) {
    console.error(`Unknown step: ${name}. Steps: ${[...steps.keys()].join(", ")}.`);
    process.exit(2);
  }
  if (!quiet) console.log(`\n── ${step.heading}`);
  const startedAt = Date.now();
  const exitCode = await run(step);
  if (exitCode !== 0) {
    console.error(`\n${step.heading}: failed (exit code ${exitCode}).`);
    process.exit(exitCode);
  }
  if (!quiet) console.log(`   ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function run(step: Step): Promise<number> {
  const [command = "", ...args] = step.command;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...env, ...step.env },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    const output: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
