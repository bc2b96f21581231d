import { errorMessage } from "@hybrid-orchestrator/core";
import { expect } from "vitest";
import { violationsOf } from "./history.js";

/** How many failing histories are told of before the run gives up. */
const enough = 5;

/** Runs the histories of these seeds, and fails with those that broke a promise and how to see them again. */
export async function runHistories(seeds: Iterable<number>): Promise<number> {
  const broken: string[] = [];
  let count = 0;
  for (const seed of seeds) {
    count += 1;
    const violations = await violationsOf(seed).catch((error: unknown) => [errorMessage(error)]);
    if (violations.length === 0) continue;
    broken.push(`SEED=${seed} pnpm vitest run simulation-replay\n  ${violations.join("\n  ")}`);
    if (broken.length === enough) break;
  }
  expect(broken.join("\n")).toBe("");
  return count;
}

/** Every `of`-th seed from `from` on: two files share the seeds so that both cores work. */
export function* seedsFrom(from: number, to: number, of: number): Iterable<number> {
  for (let seed = from; seed <= to; seed += of) yield seed;
}
