import { compileGlob, isGlob, type Matcher, parseWith } from "@hybrid-orchestrator/core";
import { z } from "zod";

const name = z.string().min(1).max(200);
const names = z.array(name).max(1_000);

const pageSchema = z.strictObject({
  name,
  /** For people. Default: the name. */
  title: name.optional(),
  /** What the client calls this page when it names its screen; globs. The page's own name always counts. */
  screens: names.default([]),
  /** The ids of its fields; globs. */
  fields: names
    .refine(
      (patterns) => !patterns.some((pattern) => /^[*?]+$/.test(pattern)),
      "must not be a wildcard alone, which would claim every field",
    )
    .default([]),
  /** Those that must be filled in. A glob stands for the fields that were seen. */
  required: names.default([]),
  /** Its place among the pages. Default: after those that have one, as they are listed. */
  order: z.number().optional(),
});

const fieldSchema = z.strictObject({
  /** For people. Default: the id. */
  label: name.optional(),
  /** Whether its value is kept from texts and views. Default: as its id, its label and its value suggest. */
  private: z.boolean().optional(),
  /** As for a box to be ticked: `false` is no answer. */
  mustBeTrue: z.boolean().default(false),
});

const formSchema = z.strictObject({
  pages: z
    .array(pageSchema)
    .max(200)
    .refine(
      (pages) => new Set(pages.map((page) => page.name)).size === pages.length,
      "must have a name each of their own",
    )
    .default([]),
  /** By id or glob; an exact id goes before globs, and those count in order. */
  fields: z.record(name, fieldSchema).default({}),
});
/** What an application says about its form: its pages, and what is special about fields. */
export type FormDefinition = z.input<typeof formSchema>;

export interface Page {
  readonly name: string;
  readonly title: string;
  readonly required: readonly string[];
  readonly isScreen: (screen: string) => boolean;
  readonly fields: readonly FieldPattern[];
}

export interface FieldPattern {
  readonly exact: boolean;
  readonly matches: Matcher;
}

export interface FieldInfo {
  readonly label: string;
  readonly private: boolean | undefined;
  readonly mustBeTrue: boolean;
}

/** A form definition, checked and ready for use. */
export interface Form {
  /** In order. */
  readonly pages: readonly Page[];
  field(id: string): FieldInfo;
}

/**
 * Reads what an application says about its form. Do it once and keep the result.
 * @throws OrchestratorError `invalid_configuration` that lists every mistake with its path.
 */
export function defineForm(definition: FormDefinition = {}): Form {
  const { pages, fields } = parseWith(formSchema, definition, {
    name: "form definition",
    code: "invalid_configuration",
  });
  const exact = new Map(Object.entries(fields));
  const globs = Object.entries(fields)
    .filter(([pattern]) => isGlob(pattern))
    .map(([pattern, info]) => ({ matches: compileGlob(pattern), info }));
  return {
    pages: pages.toSorted((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity) || 0).map(readPage),
    field(id) {
      const info = exact.get(id) ?? globs.find(({ matches }) => matches(id))?.info;
      return {
        label: info?.label ?? id,
        private: info?.private,
        mustBeTrue: info?.mustBeTrue ?? false,
      };
    },
  };
}

function readPage(page: z.output<typeof pageSchema>): Page {
  const screens = page.screens.map(compileGlob);
  return {
    name: page.name,
    title: page.title ?? page.name,
    required: page.required,
    isScreen: (screen) => screen === page.name || screens.some((matches) => matches(screen)),
    fields: page.fields.map((pattern) => ({ exact: !isGlob(pattern), matches: compileGlob(pattern) })),
  };
}
