/** One side of a comparison: does `count` operations. */
export interface Side {
  readonly name: string;
  run(count: number): void | Promise<void>;
}

export interface Comparison {
  readonly name: string;
  /** Operations a second, medians over the rounds. */
  readonly ours: number;
  readonly theirs: number;
  /** Median of the ratios of the rounds: both sides of a round meet the same machine. */
  readonly ratio: number;
  /** What the ratio should be at least. */
  readonly target: number;
  readonly note: string;
}

/** Runs both sides in turn, round by round, after one round that is not counted. */
export async function compare(options: {
  readonly name: string;
  readonly target: number;
  readonly ours: Side;
  readonly theirs: Side;
  readonly count: number;
  readonly theirCount?: number;
  readonly rounds?: number;
}): Promise<Comparison> {
  const { name, target, ours, theirs, count, theirCount = count, rounds = 11 } = options;
  const mine: number[] = [];
  const other: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const first = await perSecond(ours, count);
    const second = await perSecond(theirs, theirCount);
    if (round < 0) continue;
    mine.push(first);
    other.push(second);
  }
  const ratio = median(mine.map((value, index) => value / (other[index] ?? Number.NaN)));
  return {
    name,
    ours: median(mine),
    theirs: median(other),
    ratio,
    target,
    note: `${ours.name} against ${theirs.name}`,
  };
}

async function perSecond(side: Side, count: number): Promise<number> {
  const start = process.hrtime.bigint();
  await side.run(count);
  return (count * 1e9) / Number(process.hrtime.bigint() - start);
}

/** The value below which that share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A single figure and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null;
}

export function isMet({ value, target }: Figure): boolean {
  if (target === null) return true;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
