import type { Io } from "./io.js";

const width = 24;

export interface Progress {
  update(done: number): void;
  end(): void;
}

/** A bar on standard error, for as long as somebody looks there; without a total it counts. */
export function startProgress(
  { io, json }: { readonly io: Io; readonly json: boolean },
  name: string,
  total: number | null,
): Progress {
  if (!io.isTerminal || json) return { update: () => undefined, end: () => undefined };
  let shown = "";
  const show = (text: string): void => {
    if (text === shown) return;
    shown = text;
    // Back to the beginning of the line, and clear the rest of it.
    io.stderr(`\r${text}\u001b[K`);
  };
  return {
    update: (done) => show(`${name} ${bar(done, total)}`),
    end: () => io.stderr("\r\u001b[K"),
  };
}

function bar(done: number, total: number | null): string {
  if (total === null || total <= 0) return String(done);
  const share = Math.min(1, done / total);
  const filled = Math.round(share * width);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${Math.floor(share * 100)} %`;
}
