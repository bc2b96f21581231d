import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Comparison } from "./measure.js";
import { benchRecord } from "./record.js";
import { benchRules } from "./rules.js";
import { benchIdleTick } from "./tick.js";

/** Measures ours and the plain tool in one run and prints both; `--write` keeps the result in apps/docs/benchmarks.md. */
const comparisons: Comparison[] = [...(await benchRecord()), await benchRules()];
const ticks = await benchIdleTick([10_000, 100_000]);

const rate = (value: number): string => Math.round(value).toLocaleString("en-US");
const report = `# Benchmarks

\`pnpm bench\` measures ours and the plain tool in turn, round by round, in one run; \`pnpm bench --write\` keeps the result
here. Absolute figures drift with the machine, ratios much less. A ratio is the median of the rounds' ratios.

Machine: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}.

| what | ours, ops/s | plain, ops/s | ratio | sides |
|---|---|---|---|---|
${comparisons.map(({ name, ours, theirs, ratio, note }) => `| ${name} | ${rate(ours)} | ${rate(theirs)} | ${ratio.toFixed(2)} | ${note} |`).join("\n")}

\`recordActivity\` runs with three triggers at full durability (each acknowledged write survives power loss); the plain side
writes the same rows into the same schema with the same pragmas and evaluates nothing.

| active sessions | one tick with nothing due, median |
|---|---|
${ticks.map(({ sessions, idleMicros }) => `| ${rate(sessions)} | ${idleMicros.toFixed(1)} µs |`).join("\n")}
`;

console.log(report);
if (process.argv.includes("--write"))
  writeFileSync(new URL("../../../apps/docs/benchmarks.md", import.meta.url), report);
