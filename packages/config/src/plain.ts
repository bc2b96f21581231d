import type { Path } from "./problem.js";

/** An object as a file can hold it; not a plugin, a storage or anything else with a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)] as unknown;
    return isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}

/** A copy in which what stands at `path` is another value; what is not there is left out. */
export function withValueAt(root: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(root))
    return root.map((item: unknown, index) => (index === key ? withValueAt(item, rest, value) : item));
  return isPlainObject(root) ? { ...root, [key]: withValueAt(root[key], rest, value) } : root;
}
