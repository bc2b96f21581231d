import type { Span } from "../time/calendar.js";

/*
 * Sets of moments: spans in order that neither overlap nor touch, each from its first moment up to, but without, its last.
 */
export type Moments = readonly Span[];

export function union(...sets: readonly Moments[]): Moments {
  const sorted = sets.flat().sort((a, b) => a.from - b.from);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

export function intersection(a: Moments, b: Moments): Moments {
  const both: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const one = a[i] as Span;
    const other = b[j] as Span;
    const from = Math.max(one.from, other.from);
    const to = Math.min(one.to, other.to);
    if (from < to) both.push({ from, to });
    if (one.to < other.to) i += 1;
    else j += 1;
  }
  return both;
}

/** What of `within` lies outside of `spans`. */
export function gaps(spans: Moments, within: Span): Moments {
  const between: Span[] = [];
  let from = within.from;
  for (const span of spans) {
    if (span.from > from) between.push({ from, to: Math.min(span.from, within.to) });
    from = Math.max(from, span.to);
  }
  if (from < within.to) between.push({ from, to: within.to });
  return between.filter((span) => span.from < span.to);
}

export function shifted(spans: Moments, ms: number): Moments {
  return spans.map(({ from, to }) => ({ from: from + ms, to: to + ms }));
}

/** Each moment, and every one in the time after it. */
export function stretched(spans: Moments, ms: number): Moments {
  return union(spans.map(({ from, to }) => ({ from, to: to + ms })));
}

/** The next beginning of a span of `open` after moments at which none is. */
export function openingsAfter(closed: Moments, open: Moments): Moments {
  let previousEnd = Number.NEGATIVE_INFINITY;
  return open
    .filter(({ from, to }) => {
      const waits = closed.some((span) => span.from < from && span.to > previousEnd);
      previousEnd = to;
      return waits;
    })
    .map(({ from }) => ({ from, to: from + 1 }));
}
