import type { Io } from "./io.js";

/** Where a command's result goes. With `--json` that is one document on standard output, and nothing else there. */
export interface Output {
  readonly json: boolean;
  /** For people; not with `--json`. */
  line(text?: string): void;
  /** The result for programs; only with `--json`. */
  document(value: unknown): void;
  /** Beside the result, for people in any case. */
  note(text: string): void;
}

export function createOutput(io: Io, json: boolean): Output {
  return {
    json,
    line: (text = "") => {
      if (!json) io.stdout(`${printable(text)}\n`);
    },
    document: (value) => {
      if (json) io.stdout(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (text) => io.stderr(`${printable(text)}\n`),
  };
}

/** Without control characters, by which a stored text could take over the terminal. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** Rows under headings, each column as wide as its widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [headings, ...rows].map((row) => row.map((cell) => cell.replaceAll(/\s+/g, " ")));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

export function moment(at: number | null): string {
  return at === null ? "-" : new Date(at).toISOString().replace("T", " ").slice(0, 19);
}
