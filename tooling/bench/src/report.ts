import { cpus, totalmem } from "node:os";
import { type Comparison, type Figure, isMet } from "./measure.js";

/** Everything that was measured, as the document that is kept. */
export function report(comparisons: readonly Comparison[], figures: readonly Figure[]): string {
  return `# Benchmarks

\`pnpm bench\` measures ours and the plain tool in turn, round by round, in one run; \`pnpm bench --write\` keeps the result
here. Absolute figures drift with the machine, ratios much less. A ratio is the median of the rounds' ratios. Run it on
a machine that does nothing else: both sides wait for the same disk, and one that is busy hides what is compared.

Machine: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}.

| what | ours, ops/s | plain, ops/s | ratio | target | sides |
| --- | --- | --- | --- | --- | --- |
${comparisons.map(comparisonRow).join("\n")}

\`recordActivity\` runs with three triggers at full durability (each acknowledged write survives power loss). The plain side
writes the same rows into the same schema with the same pragmas, looks nothing up and evaluates nothing. Where callers
come together it writes 100 rows a transaction, spread over 64 sessions: one baseline for all of them. It is faster where its rows lie together (all in
one session, or few in each of very many), so the second and third ratio hold against this baseline alone.

The server that is posted to runs on a thread of its own and answers at once, without TLS: what a check costs shows most
where nothing else costs anything.

A webhook goes through the whole outbox at full durability, three commits each, to a server in a process of its own. At most
64 requests are under way on either side. Why half of what a bare request reaches cannot be had where the endpoint answers
at once: [decision 15](decisions/0015-what-a-delivery-costs.md).

| what | measured | target |
| --- | --- | --- |
${figures.map(figureRow).join("\n")}

Memory is the peak of a whole process (resident set) in which 64 callers record into 4,096 sessions that lie scattered
among the stored ones.
`;
}

function comparisonRow({ name, ours, theirs, ratio, target, note }: Comparison): string {
  const met = ratio >= target ? "" : " (missed)";
  return `| ${name} | ${whole(ours)} | ${whole(theirs)} | ${ratio.toFixed(2)} | ${target}${met} | ${note} |`;
}

function figureRow(figure: Figure): string {
  const { name, value, unit, target } = figure;
  const limit =
    target === null
      ? ""
      : "atMost" in target
        ? `at most ${whole(target.atMost)}`
        : `at least ${whole(target.atLeast)}`;
  const shown = value >= 1_000 ? whole(value) : value.toFixed(value < 10 ? 2 : 1);
  return `| ${name} | ${shown} ${unit} | ${limit}${isMet(figure) ? "" : " (missed)"} |`;
}

function whole(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
