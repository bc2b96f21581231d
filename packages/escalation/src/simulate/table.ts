/** A row: each cell has lines, which are wrapped where they are too long. A text alone goes over the whole width. */
export type Row = string | readonly (readonly string[])[];

/**
 * A table for a screen of `width` characters. The columns of `narrow` are as wide as they need be, and the others share
 * what is left by their need.
 */
export function layOut(
  headings: readonly string[],
  rows: readonly Row[],
  { width, narrow }: { readonly width: number; readonly narrow: readonly number[] },
): string {
  const cells = rows.filter((row) => typeof row !== "string");
  const needs = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.flatMap((row) => (row[column] ?? []).map((line) => line.length))),
  );
  const widths = shareOut(needs, { width: width - gap.length * (headings.length - 1), narrow });
  const lines = [
    ...layRow(
      headings.map((heading) => [heading]),
      widths,
    ),
    widths.map((one) => "-".repeat(one)).join(gap),
    ...rows.flatMap((row) => (typeof row === "string" ? wrap(row, width) : layRow(row, widths))),
  ];
  return lines.map((line) => line.trimEnd()).join("\n");
}

const gap = "  ";
/** Narrower than this, a text is not read any more. */
const leastWidth = 8;
/** `+14d 12:00:00` fits, and so does `Sun 03:00:30 +02:00`. */
const mostNarrow = 20;

function shareOut(
  needs: readonly number[],
  { width, narrow }: { readonly width: number; readonly narrow: readonly number[] },
): number[] {
  const widths = needs.map((need, column) => (narrow.includes(column) ? Math.min(need, mostNarrow) : 0));
  const wide = needs.flatMap((_, column) => (narrow.includes(column) ? [] : [column]));
  let left = width - widths.reduce((sum, one) => sum + one, 0);
  // The most modest first: what they leave is for the others.
  const byNeed = wide.sort((a, b) => (needs[a] ?? 0) - (needs[b] ?? 0));
  byNeed.forEach((column, index) => {
    const share = Math.max(leastWidth, Math.floor(left / (byNeed.length - index)));
    widths[column] = Math.min(needs[column] ?? 0, share);
    left -= widths[column] ?? 0;
  });
  return widths;
}

function layRow(row: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const wrapped = widths.map((width, column) => (row[column] ?? []).flatMap((line) => wrap(line, width)));
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    wrapped.map((lines, column) => (lines[line] ?? "").padEnd(widths[column] ?? 0)).join(gap),
  );
}

/** Between words; a word that is too long is cut. What goes on is indented. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  const indent = width > leastWidth ? " " : "";
  for (let word of text.split(/\s+/).filter((one) => one !== "")) {
    if (line !== "" && line.trim() !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line.trim() !== "") lines.push(line);
    line = lines.length === 0 ? "" : indent;
    while (line.length + word.length > width) {
      const room = width - line.length;
      lines.push(line + word.slice(0, room));
      word = word.slice(room);
      line = indent;
    }
    line += word;
  }
  if (line.trim() !== "") lines.push(line);
  return lines;
}
