import { writeFileSync } from "node:fs";
import { benchGrowth } from "./growth.js";
import { benchLatency } from "./latency.js";
import type { Comparison, Figure } from "./measure.js";
import { benchRecord } from "./record.js";
import { report } from "./report.js";
import { benchRules } from "./rules.js";
import { benchSafeHttp } from "./safe-http.js";
import { benchScale } from "./scale.js";
import { benchWebhook } from "./webhook.js";

/**
 * Measures ours and the plain tool in one run and prints both. `--write` keeps the result in apps/docs/benchmarks.md;
 * names (`record`, `rules`, `http`, `webhook`, `scale`, `latency`, `growth`) measure those alone.
 */
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name);

const comparisons: Comparison[] = [];
const figures: Figure[] = [];
if (wants("record")) comparisons.push(...(await benchRecord()));
if (wants("rules")) comparisons.push(await benchRules());
if (wants("http")) comparisons.push(...(await benchSafeHttp()));
if (wants("webhook")) comparisons.push(...(await benchWebhook()));
if (wants("growth")) figures.push(await benchGrowth());
if (wants("scale")) figures.push(...(await benchScale()));
if (wants("latency")) figures.push(...(await benchLatency()));

const text = report(comparisons, figures);
console.log(text);
if (process.argv.includes("--write"))
  writeFileSync(new URL("../../../apps/docs/benchmarks.md", import.meta.url), text);
