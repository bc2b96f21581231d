import { channelPackages } from "./channels.js";
import { textSchema } from "./document.js";
import { type JsonSchema, jsonSchemaOf } from "./json-schema-tools.js";
import { isPlainObject } from "./plain.js";

/**
 * A JSON Schema of configuration files, for editors. `plugins` are the schemas of the options of plugins, by package;
 * those of a plugin that is not among them are not looked at.
 */
export function configJsonSchema(
  plugins: Readonly<Record<string, JsonSchema>> = {},
): Record<string, unknown> {
  const base = jsonSchemaOf(textSchema) as { readonly properties: Record<string, unknown> };
  const packages = Object.keys(plugins);
  const definitions = Object.fromEntries(packages.map((name) => [name, plugins[name] ?? true]));
  const options = packages.map((name) => ({
    if: { type: "object", properties: { plugin: { const: name } }, required: ["plugin"] },
    // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word.
    then: { properties: { options: reference(name) } },
  }));
  const extend = (schema: unknown) => (options.length === 0 ? schema : { allOf: [schema, ...options] });
  const { storage, plugins: list, channels, ...others } = base.properties;
  return withReferences({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "hybrid-orchestrator configuration",
    ...base,
    properties: {
      ...others,
      storage: extend(storage),
      plugins: { ...(list as object), items: extend((list as { readonly items?: unknown }).items) },
      channels: { allOf: [channels, { properties: channelNames() }] },
    },
    ...(packages.length > 0 && { $defs: definitions }),
  }) as Record<string, unknown>;
}

function reference(name: string) {
  return { $ref: `#/$defs/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` };
}

/** For completion. */
function channelNames(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(channelPackages).map(([name, pack]) => [name, { description: `A channel of ${pack}.` }]),
  );
}

/** In a file, `${PORT}` may stand where a number or a boolean is wanted. */
function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences);
  if (!isPlainObject(schema)) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withReferences(value)]));
  if (!["number", "integer", "boolean"].includes(String(schema.type))) return made;
  const { default: preset, description, ...rest } = made;
  return {
    ...(preset !== undefined && { default: preset }),
    ...(description !== undefined && { description }),
    anyOf: [rest, { type: "string", pattern: "^\\$\\{[^}]*\\}$" }],
  };
}
