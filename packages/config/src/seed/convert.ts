import { suggestName } from "@hybrid-orchestrator/core";
import { withValueAt } from "../plain.js";
import { type Path, type Problem, problem } from "../problem.js";
import type { OlderForm } from "./keys.js";

export interface Converted {
  readonly options: Record<string, unknown>;
  /** Where the options stand in the file. */
  readonly at: Path;
  /** The path in the file of what has a path in the options. */
  toSource(path: Path): Path;
  /** `did you mean` over the older names too, for a key that nothing knows. */
  readonly olderNames: readonly string[];
  readonly problems: readonly Problem[];
}

/** Options in which older keys have their present names; present ones stay as they are. */
export function convert(
  given: Readonly<Record<string, unknown>>,
  form: OlderForm | null,
  at: Path,
): Converted {
  const places: { readonly to: Path; readonly from: Path }[] = [];
  let made: unknown = {};
  const problems: Problem[] = [];
  const { keys = {}, gone = {} } = form ?? {};
  for (const [key, value] of Object.entries(given)) {
    if (Object.hasOwn(gone, key)) {
      problems.push(problem("invalid_value", [...at, key], gone[key] ?? ""));
      continue;
    }
    const older = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (older === undefined) {
      made = withValueAt(made, [key], value);
      continue;
    }
    made = withValueAt(
      prepared(made, older.to),
      older.to,
      older.read === undefined ? value : older.read(value),
    );
    places.push({ to: older.to, from: [...at, key] });
  }
  const options = made as Record<string, unknown>;
  return {
    at,
    options: form?.complete?.(options) ?? options,
    olderNames: Object.keys(keys),
    problems,
    toSource(path) {
      const place = places.find(({ to }) => to.every((key, index) => path[index] === key));
      return place === undefined ? [...at, ...path] : [...place.from, ...path.slice(place.to.length)];
    },
  };
}

/** A problem that names the file's own path, and the older name where that is nearer. */
export function atSource(found: Problem, { toSource, olderNames }: Converted): Problem {
  const path = toSource(found.path);
  if (found.code !== "unknown_key" || found.suggestion !== undefined) return { ...found, path };
  const near = suggestName(String(path.at(-1)), [], olderNames);
  if (!near.startsWith("; did you mean")) return { ...found, path };
  return problem(found.code, path, `is not known here${near}`);
}

function prepared(made: unknown, to: Path): unknown {
  const [first] = to;
  if (to.length < 2 || first === undefined) return made;
  const before = (made as Record<string, unknown>)[String(first)];
  return withValueAt(made, [first], before ?? {});
}
