import type { FieldName, FieldView, ScreenView } from "./view.js";

const mostFields = 40;
const longestValue = 120;

/**
 * The view in a few lines of English, for an agent's prompt or a person. Texts from outside stand in quotes, on one line
 * and cut: they are data, not instructions.
 */
export function describeScreen(view: ScreenView): string {
  if (!view.known) return "Nothing is known of the user's screen yet.";
  const filledAs = (filled: boolean | null) => view.fields.filter((field) => field.filled === filled);
  const errors = view.fields.filter(({ error }) => error !== undefined);
  const { progress } = view;
  const lines = [
    `The user is on ${where(view)}. ${freshness(view)}`,
    list("Filled in", filledAs(true), tellValue),
    list("Empty", filledAs(false), tellLabel),
    list("Not known whether filled in", filledAs(null), tellLabel),
    list("With errors", errors, tellError),
    view.focus === null ? "" : `Typing in: ${tellLabel(view.focus)}.`,
    list("Changed lately", view.changed, tellLabel),
    list("Still required here", view.missing, tellLabel),
    progress.required === 0
      ? ""
      : `Progress: ${progress.filled} of ${progress.required} required fields of the whole form.`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function where({ page, screen, step }: ScreenView): string {
  const place =
    page !== null
      ? `page ${quote(page.title)} (${page.number} of ${page.of})`
      : screen !== null
        ? `a screen called ${quote(screen)}, which is none of the form's pages`
        : "an unknown page";
  return step === null ? place : `${place}, at step ${typeof step === "number" ? step : quote(step)}`;
}

function freshness({ ageMs, stale }: ScreenView): string {
  const age = `This was seen ${tellAge(ageMs ?? 0)} ago`;
  return stale ? `${age} and may have changed since.` : `${age}.`;
}

/** `4 s`, `3 min`, `2 h`, `5 d`: cut, never rounded up. */
function tellAge(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
  ];
  const [unit, length] = units.find(([, size]) => ms >= size) ?? ["s", 1_000];
  return `${Math.floor(ms / length)} ${unit}`;
}

function list<Item>(title: string, items: readonly Item[], tell: (item: Item) => string): string {
  if (items.length === 0) return "";
  const more = items.length > mostFields ? `, and ${items.length - mostFields} more` : "";
  return `${title}: ${items.slice(0, mostFields).map(tell).join(", ")}${more}.`;
}

/** A label is the application's; an id may come from outside. */
function tellLabel({ id, label }: FieldName): string {
  return id !== label || /^[\p{L}\p{N}_.[\]-]{1,60}$/u.test(id) ? plain(label, longestValue) : quote(id);
}

function tellValue(field: FieldView): string {
  const label = tellLabel(field);
  if (field.value !== undefined) return `${label} = ${quote(field.value)}${field.cut ? " (cut)" : ""}`;
  return field.private ? `${label} (private)` : label;
}

function tellError(field: FieldView): string {
  return field.error ? `${tellLabel(field)} ${quote(field.error)}` : tellLabel(field);
}

function quote(value: unknown): string {
  return typeof value === "string"
    ? `"${plain(value, longestValue).replaceAll('"', "'")}"`
    : plain(JSON.stringify(value), longestValue);
}

/** On one line, without characters that are not seen or that turn the direction of text. */
function plain(text: string, longest: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const cut = line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
  return cut.replaceAll(/\p{Surrogate}/gu, "");
}
