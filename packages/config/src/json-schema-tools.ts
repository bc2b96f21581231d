import type { StandardSchemaV1 } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { isPlainObject } from "./plain.js";
import type { Path } from "./problem.js";

export type JsonSchema = Readonly<Record<string, unknown>> | boolean;

/** What a schema takes, as JSON Schema; true where its library cannot tell. */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema {
  const standard: { readonly vendor: string; readonly jsonSchema?: unknown } = schema["~standard"];
  try {
    if (standard.vendor === "zod") {
      const { $schema: _, ...made } = z.toJSONSchema(schema as unknown as z.ZodType, {
        io: "input",
        unrepresentable: "any",
      });
      return made as JsonSchema;
    }
    // Standard JSON Schema (https://standardschema.dev/json-schema), where the library has it.
    const { jsonSchema } = standard;
    if (!isPlainObject(jsonSchema) || typeof jsonSchema.input !== "function") return true;
    const made: unknown = jsonSchema.input({ target: "draft-2020-12" });
    return isPlainObject(made) ? made : true;
  } catch {
    // Not every schema can be told as JSON Schema. Then editors do without.
    return true;
  }
}

/** The schemas that a value at `path` may have to fit. */
export function schemasAt(root: JsonSchema, path: Path): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, key) => schemas.flatMap((schema) => variants(schema, root).flatMap((each) => below(each, key))),
    [root],
  );
}

/** The names of the members that an object at `path` may have. */
export function keysAt(root: JsonSchema, path: Path): string[] {
  const found = schemasAt(root, path)
    .flatMap((schema) => variants(schema, root))
    .flatMap(({ properties, propertyNames }) => [
      ...(isPlainObject(properties) ? Object.keys(properties) : []),
      ...(isPlainObject(propertyNames) && Array.isArray(propertyNames.enum)
        ? propertyNames.enum.map(String)
        : []),
    ]);
  return [...new Set(found)];
}

function variants(schema: unknown, root: JsonSchema, depth = 0): Record<string, unknown>[] {
  if (!isPlainObject(schema) || depth > 16) return [];
  const { anyOf, oneOf, allOf, $ref } = schema;
  const nested = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  if (typeof $ref === "string") nested.push(resolve($ref, root));
  return [schema, ...nested.flatMap((each) => variants(each, root, depth + 1))];
}

function resolve(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith("#")) return undefined;
  return reference
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => (isPlainObject(value) ? value[key] : undefined), root);
}

function below(schema: Record<string, unknown>, key: string | number): JsonSchema[] {
  const { properties, items, additionalProperties } = schema;
  if (typeof key === "number") return isPlainObject(items) ? [items] : [];
  if (isPlainObject(properties) && isPlainObject(properties[key])) return [properties[key]];
  return isPlainObject(additionalProperties) ? [additionalProperties] : [];
}
