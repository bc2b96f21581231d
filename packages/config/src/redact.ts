import type { Json, JsonObject } from "@hybrid-orchestrator/core";
import { type JsonSchema, schemasAt } from "./json-schema-tools.js";
import { isPlainObject } from "./plain.js";
import type { Path } from "./problem.js";

const hidden = "[redacted]";
const secretWords = new Set(
  "token secret secrets password passwd passphrase pass pwd authorization auth credential credentials cookie dsn headers key keys pem".split(
    " ",
  ),
);
const units = /(seconds|ms|bytes|count|length|limit|days)$/i;

/** Whether what is called so is kept out of sight: `apiKey`, `auth_header`, `connectionString`, … */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (units.test(name)) return false;
  return words.some((word) => secretWords.has(word)) || /connection_?string|api_?key/i.test(name);
}

/** A JSON Schema can say it too: `writeOnly`, `format: "password"`, or zod's `.meta({ secret: true })`. */
function isSecretIn(schema: JsonSchema, path: Path): boolean {
  return schemasAt(schema, path).some(
    (each) =>
      isPlainObject(each) && (each.secret === true || each.writeOnly === true || each.format === "password"),
  );
}

/** A document as it was written, `${…}` unresolved, with its secrets hidden. */
export function redact(
  document: unknown,
  schemaOf: (path: Path) => { schema: JsonSchema; path: Path } | null,
): JsonObject {
  function walk(value: unknown, path: Path, secret: boolean): Json {
    if (typeof value === "string") return secret ? hide(value) : withoutUserinfo(value);
    if (typeof value === "boolean" || value === null || value === undefined) return value ?? null;
    if (typeof value === "number") return secret ? hidden : value;
    if (Array.isArray(value)) return value.map((item, index) => below(item, [...path, index], secret));
    if (isPlainObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          below(item, [...path, key], secret || isSecretName(key)),
        ]),
      );
    if (typeof value === "function") return "[function]";
    const { name } = value as { readonly name?: unknown };
    return typeof name === "string" ? `[${name}]` : "[object]";
  }
  function below(value: unknown, path: Path, secret: boolean): Json {
    const found = secret ? null : schemaOf(path);
    return walk(value, path, secret || (found !== null && isSecretIn(found.schema, found.path)));
  }
  return isPlainObject(document) ? (walk(document, [], false) as JsonObject) : {};
}

/** Which variable a secret comes from may be seen; a default may not. */
function hide(text: string): string {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text) ? text : hidden;
}

function withoutUserinfo(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${hidden}@`)
    .replaceAll(/([?&][^=&\s]*(?:token|key|secret|sig|password)[^=&\s]*=)[^&\s#]+/gi, `$1${hidden}`);
}

/** The texts that stand in a document under names of secrets, for taking them out of messages. */
export function secretsIn(value: unknown, secret = false): string[] {
  if (typeof value === "string") return secret ? [value] : userinfoOf(value);
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, secret));
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => secretsIn(item, secret || isSecretName(key)));
}

function userinfoOf(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { username, password } = new URL(text);
  return [username, password].filter((part) => part !== "");
}
