import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Path, Problem } from "./problem.js";

export interface SourceDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the key or item of that path stands, or the nearest one around it. */
  locate(path: Path): { readonly line: number; readonly column: number } | null;
}

/** Reads YAML, of which JSON is a part. */
export function readDocument(text: string): SourceDocument {
  const lines = new LineCounter();
  // prettyErrors would quote the source, and with it what may be secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  // The first alone: the parser stumbles over the rest because of it.
  const problems: Problem[] = document.errors.slice(0, 1).map(({ message, pos: [offset] }) => ({
    code: "invalid_syntax",
    path: [],
    message:
      text[offset - 1] === "$"
        ? "a reference to a variable needs quotes inside { } and [ ]"
        : withoutSource(message),
    ...at(offset),
  }));
  const locate: SourceDocument["locate"] = (path) => {
    const offset = offsetOf(document.contents, path, (node) =>
      isAlias(node) ? node.resolve(document) : node,
    );
    return offset === undefined ? null : at(offset);
  };
  if (problems.length > 0) return { value: null, problems, locate };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), problems, locate };
  } catch {
    const message = "its aliases cannot be resolved, or make it far too large";
    return { value: null, problems: [{ code: "invalid_syntax", path: [], message }], locate };
  }
}

/** The parser ends some of its messages with the text that it found. */
function withoutSource(message: string): string {
  return message.replace(/:? ["'`].*$/s, "").trim();
}

function offsetOf(root: unknown, path: Path, resolve: (node: unknown) => unknown): number | undefined {
  let node = resolve(root);
  let offset = startOf(node);
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = resolve(pair.value);
    } else if (isSeq(node) && typeof key === "number") {
      node = resolve(node.items[key]);
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
