import { suggestName } from "@hybrid-orchestrator/core";
import { isPlainObject } from "./plain.js";
import { type Path, type Problem, problem } from "./problem.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** What came out of the environment: never to be shown. */
  readonly taken: readonly string[];
  /** Whether the whole value there is a text out of `${…}`, which may be meant as a number or a boolean. */
  isText(path: Path): boolean;
}

const reference = /\$(\$?)\{([^}]*)\}/g;
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

const dollar = "$";

// Deeper than any configuration, and far from where recursion fails.
const maxDepth = 64;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text; as in a shell, the default also stands in for an empty
 * variable. `$${NAME}` stays, as `${NAME}`. Keys are left alone.
 */
export function substitute(source: unknown, env: Environment): Substituted {
  const problems: Problem[] = [];
  const taken = new Set<string>();
  const texts = new Set<string>();

  function text(raw: string, path: Path): string {
    const made = raw.replaceAll(reference, (whole, escaped: string, inner: string) => {
      if (escaped !== "") return whole.slice(1);
      const [, name, fallback] = variable.exec(inner) ?? [];
      if (name === undefined) {
        problems.push(
          problem(
            "invalid_value",
            path,
            `has a reference that is neither ${dollar}{NAME} nor ${dollar}{NAME:-default}`,
          ),
        );
        return "";
      }
      const found = Object.hasOwn(env, name) ? env[name] : undefined;
      if (found !== undefined && (found !== "" || fallback === undefined)) {
        taken.add(found);
        return found;
      }
      if (fallback !== undefined) return fallback;
      problems.push(missing(name, path, env));
      return "";
    });
    if (made !== raw && /^\$\{[^}]*\}$/.test(raw)) texts.add(JSON.stringify(path));
    return made;
  }

  function walk(value: unknown, path: Path): unknown {
    if (typeof value === "string") return text(value, path);
    if (path.length > maxDepth) {
      problems.push(problem("invalid_value", path.slice(0, 8), "is nested too deep"));
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  }

  const value = walk(source, []);
  return { value, problems, taken: [...taken], isText: (path) => texts.has(JSON.stringify(path)) };
}

function missing(name: string, path: Path, env: Environment): Problem {
  // The other variables' names are nobody's business unless one of them was meant.
  const near = suggestName(name, Object.keys(env));
  const hint = near.startsWith("; did you mean") ? near : "";
  return problem("missing_variable", path, `needs the environment variable ${name}, which is not set${hint}`);
}
