const link = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}']/gi;
const spokenCharacters: Readonly<Record<string, string>> = {
  ".": "dot",
  "/": "slash",
  "-": "dash",
  _: "underscore",
  "?": "question mark",
  "=": "equals",
  "&": "and",
  "#": "hash",
  "%": "percent",
  "~": "tilde",
  "+": "plus",
  ":": "colon",
  "@": "at",
};

/**
 * A text for the ear: links are spelled, without their scheme. Null where one has more than `maxSpelledLink`
 * characters to spell, which nobody could write down.
 */
export function spoken(text: string, maxSpelledLink: number): string | null {
  let tooLong = false;
  const made = text.replaceAll(link, (url) => {
    const rest = url.replace(/^https?:\/\//i, "").replace(/\/$/, "");
    tooLong ||= rest.length > maxSpelledLink;
    return spellLink(rest);
  });
  return tooLong ? null : made;
}

/** The name as words, which a voice says well; what follows it letter by letter. */
function spellLink(rest: string): string {
  const slash = rest.search(/[/?#]/);
  const name = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? "" : rest.slice(slash);
  const words = name
    .toLowerCase()
    .split(/([.\-:])/)
    .map((part) => spokenCharacters[part] ?? part);
  return [...words, ...[...path].map(spellCharacter)].join(" ");
}

function spellCharacter(character: string): string {
  if (/[A-Z]/.test(character)) return `capital ${character}`;
  return spokenCharacters[character] ?? character;
}
