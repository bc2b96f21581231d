import { describe, expect, it } from "vitest";
import { checkTemplate, renderMessage } from "../src/index.js";

function render(
  text: Parameters<typeof renderMessage>[0],
  variables: Record<string, unknown> = {},
  options: Partial<Parameters<typeof renderMessage>[1]> = {},
) {
  const missing: string[] = [];
  const rendered = renderMessage(text, {
    template: true,
    variables,
    onMissing: (name) => missing.push(name),
    ...options,
  });
  return { rendered, missing };
}

describe("a template", () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      "Hello {name}, go on at {resumeLink}",
      { name: "Ada", resumeLink: "https://x.example/#t" },
      "Hello Ada, go on at https://x.example/#t",
    ],
    ["{n, plural, one {# field} other {# fields}} left", { n: 1 }, "1 field left"],
    ["{n, plural, one {# field} other {# fields}} left", { n: "1200" }, "1,200 fields left"],
    ["{kind, select, form {the form} other {the page}}", { kind: "form" }, "the form"],
    ["Due {at, date, short}", { at: Date.UTC(2025, 0, 31, 23, 30) }, "Due 1/31/25"],
    ["{at} or {at, date, short}", { at: "2025-01-31" }, "2025-01-31 or 1/31/25"],
    ["<b>{name}</b> it's", { name: "<i>" }, "<b><i></b> it's"],
    ["{done}", { done: false }, "false"],
  ])("%s", (text, variables, expected) => {
    expect(render(text, variables)).toEqual({ rendered: expected, missing: [] });
  });

  it.each<[string, Record<string, unknown>, string, string[]]>([
    ["Hello {name}!", {}, "Hello !", ["name"]],
    ["Hello {name}, {name}!", { name: null }, "Hello , !", ["name"]],
    ["Hello {constructor}{__proto__}!", {}, "Hello !", ["constructor", "__proto__"]],
    ["{n, number} left", { n: "many" }, " left", ["n"]],
    ["{n, plural, one {one {x}} other {# {x}}} left", {}, " left", ["n"]],
    ["{kind, select, a {A} other {Other {x}}}", {}, "Other ", ["kind", "x"]],
    ["at {at, time}", { at: "soon" }, "at ", ["at"]],
    ["{data}", { data: { nested: true } }, "", ["data"]],
  ])("renders nothing for what is missing, and reports it: %s", (text, variables, expected, missing) => {
    expect(render(text, variables)).toEqual({ rendered: expected, missing });
  });

  it("shows times in the recipient's time zone", () => {
    const variables = { at: Date.UTC(2025, 0, 31, 23, 30) };
    expect(render("{at, date, short}", variables, { timeZone: "Europe/Berlin" }).rendered).toBe("2/1/25");
  });

  it("is left alone when it is no template, or cannot be read", () => {
    expect(render("Hello {name}", { name: "Ada" }, { template: false }).rendered).toBe("Hello {name}");
    expect(render("Hello {name", { name: "Ada" }).rendered).toBe("Hello {name");
    expect(render("{n, number, currency}", { n: 1 }).rendered).toBe("{n, number, currency}");
  });
});

describe("the language", () => {
  const texts = {
    default: "{n, plural, one {# item} other {# items}}",
    de: "{n, plural, one {# Teil} other {# Teile}}",
    "pt-BR": "{n} itens",
    "fr-CA": "{n} pièces",
  };
  it.each<[string | undefined, string]>([
    ["de", "1.200 Teile"],
    ["de-AT", "1\u00a0200 Teile"],
    ["DE-at", "1\u00a0200 Teile"],
    ["de-CH-1996", `${new Intl.NumberFormat("de-CH").format(1_200)} Teile`],
    ["pt-br", "1200 itens"],
    ["fr", "1200 pièces"],
    ["ja", "1,200 items"],
    ["not a tag", "1,200 items"],
    [undefined, "1,200 items"],
  ])("for %s is %s", (locale, expected) => {
    expect(render(texts, { n: 1_200 }, locale === undefined ? {} : { locale }).rendered).toBe(expected);
  });
});

describe("checkTemplate", () => {
  it("finds nothing wrong with what can be rendered", () => {
    expect(
      checkTemplate("Hello {name}, {n, plural, one {# field} other {# fields}} by {at, date, ::yyyyMMMd}"),
    ).toEqual([]);
    expect(checkTemplate({ default: "a {b}", de: "c {d}" })).toEqual([]);
  });

  it.each<[Parameters<typeof checkTemplate>[0], (string | number)[], RegExp]>([
    [
      "Hello {name",
      [],
      /^The template cannot be read: expect argument closing brace at "\{name"\. Write a literal brace as '\{'\.$/,
    ],
    ["{a.b}", [], /malformed argument at "\{a\.b\}"/],
    ["{n, plural, one {x}}", [], /missing other/],
    ["{n, number, currency}", [], /[Cc]urrency/],
    [{ default: "fine", de: "nicht {gut" }, ["de"], /^The template under de cannot be read/],
  ])("tells what is wrong with %j", (text, path, expected) => {
    const issues = checkTemplate(text);
    expect(issues).toHaveLength(1);
    expect(issues[0]?.path).toEqual(path);
    expect(issues[0]?.message).toMatch(expected);
  });
});
