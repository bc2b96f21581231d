import { formatPath, type Issue, type LocalizedText } from "@hybrid-orchestrator/core";
import { IntlMessageFormat } from "intl-messageformat";
import { chooseText } from "./locale.js";

export interface RenderOptions {
  /** The recipient's, BCP 47. */
  readonly locale?: string;
  /** Whether the text is an ICU message; else it is taken as it is. */
  readonly template: boolean;
  /** Strings, numbers, booleans and dates can be rendered; anything else counts as missing. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** IANA name, for dates and times. Default: UTC. */
  readonly timeZone?: string;
  /** Whose plurals and number formats the `default` text follows. Default: `en`. */
  readonly defaultLocale?: string;
  /** Told once of each variable that the text uses and that is missing or of the wrong kind. */
  readonly onMissing?: (name: string) => void;
}

/**
 * The text in the recipient's language with its variables filled in. A missing variable becomes nothing. Never throws:
 * a template that cannot be read is taken as it is, which {@link checkTemplate} tells beforehand.
 */
export function renderMessage(text: LocalizedText, options: RenderOptions): string {
  const { locale, template, variables, timeZone = "UTC", defaultLocale = "en", onMissing } = options;
  const chosen = chooseText(text, locale, defaultLocale);
  if (!template) return chosen.text;
  const elements = parse(chosen.text);
  if (typeof elements === "string") return chosen.text;
  const missing = new Set<string>();
  const values: Record<string, Value> = {};
  const prepared = prepare(elements, { variables, values, missing });
  for (const name of missing) onMissing?.(name);
  try {
    return format(prepared, values, { locale: chosen.locale, timeZone });
  } catch (error) {
    // A style that Intl refuses, e.g. `{n, number, currency}` without a currency.
    if (error instanceof RangeError || error instanceof TypeError) return chosen.text;
    throw error;
  }
}

/** What is wrong with a template, by language; an empty list when nothing is. */
export function checkTemplate(text: LocalizedText): readonly Issue[] {
  const texts =
    typeof text === "string"
      ? [{ path: [], template: text }]
      : Object.entries(text).map(([key, template]) => ({ path: [key], template }));
  return texts.flatMap(({ path, template }) => {
    const problem = problemOf(template);
    if (problem === null) return [];
    const where = path.length === 0 ? "" : ` under ${formatPath(path)}`;
    return [
      { path, message: `The template${where} cannot be read: ${problem}. Write a literal brace as '{'.` },
    ];
  });
}

type Elements = ReturnType<IntlMessageFormat["getAst"]>;
type Element = Elements[number];

/** ICU's parts by the parser's numbers, which its own package exports and this one does not depend on. */
const kind = { literal: 0, argument: 1, number: 2, date: 3, time: 4, select: 5, plural: 6 } as const;

/** The parts of a template, or what is wrong with it. */
function parse(template: string): Elements | string {
  try {
    return new IntlMessageFormat(template, "en", undefined, { ignoreTag: true }).getAst();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { location } = error as { location?: { start?: { offset?: number } } };
    const at = location?.start?.offset;
    const words = error.message.toLowerCase().replaceAll("_", " ");
    return at === undefined ? words : `${words} at "${template.slice(at, at + 20)}"`;
  }
}

type Value = string | number | Date;

function format(
  elements: Elements,
  values: Record<string, Value>,
  { locale, timeZone }: { readonly locale: string; readonly timeZone: string },
): string {
  const message = new IntlMessageFormat(elements, locale, undefined, {
    ignoreTag: true,
    formatters: {
      getNumberFormat: (locales, style) => new Intl.NumberFormat(locales, style as Intl.NumberFormatOptions),
      getDateTimeFormat: (locales, style) => new Intl.DateTimeFormat(locales, { timeZone, ...style }),
      getPluralRules: (locales, style) => new Intl.PluralRules(locales, style),
    },
  });
  return String(message.format(values));
}

/** Tried out as well as read: some styles can be written and not be used. */
function problemOf(template: string): string | null {
  const elements = parse(template);
  if (typeof elements === "string") return elements;
  const values: Record<string, Value> = {};
  const anything = new Proxy<Record<string, unknown>>(
    {},
    { getOwnPropertyDescriptor: () => ({ value: 1, configurable: true }), get: () => 1 },
  );
  try {
    format(prepare(elements, { variables: anything, values, missing: new Set() }), values, {
      locale: "en",
      timeZone: "UTC",
    });
    return null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return error.message;
    throw error;
  }
}

interface Preparation {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Filled with what the formatter needs. */
  readonly values: Record<string, Value>;
  readonly missing: Set<string>;
}

/** Leaves out every part whose variable is missing or cannot be shown in the way the part asks for. */
function prepare(elements: Elements, preparation: Preparation): Elements {
  return elements.flatMap((element): Elements => {
    const part = element as Element & {
      readonly value: string;
      readonly options?: Record<string, { value: Elements }>;
    };
    if (part.type === kind.literal || !("value" in element)) return [element];
    const value = valueFor(part.type, own(preparation.variables, part.value));
    if (value === undefined) preparation.missing.add(part.value);
    if (part.options === undefined) return value === undefined ? [] : [bind(element, value, preparation)];
    // A choice between texts: without a value it is the one that is there for all other cases, without its number.
    if (value === undefined)
      return part.type === kind.select ? prepare(part.options.other?.value ?? [], preparation) : [];
    const options = Object.fromEntries(
      Object.entries(part.options).map(([key, option]) => [
        key,
        { ...option, value: prepare(option.value, preparation) },
      ]),
    );
    return [bind({ ...element, options } as Element, value, preparation)];
  });
}

/** One variable may be shown as a text here and as a date there, so each kind of part gets a name of its own. */
function bind(element: Element, value: Value, { values }: Preparation): Element {
  const name = `${element.type}:${(element as { value: string }).value}`;
  values[name] = value;
  return { ...element, value: name } as Element;
}

function valueFor(type: number, value: unknown): Value | undefined {
  switch (type) {
    case kind.number:
    case kind.plural: {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    }
    case kind.date:
    case kind.time: {
      const date =
        value instanceof Date
          ? value
          : typeof value === "string" || typeof value === "number"
            ? new Date(value)
            : undefined;
      return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
    }
    default:
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
      // The formatter shows no booleans.
      return typeof value === "boolean"
        ? String(value)
        : typeof value === "string" || typeof value === "number"
          ? value
          : undefined;
  }
}

function own(table: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
