/**
 * The language of a BCP 47 tag, for a model: `Austrian German, de-AT`. Null for what is no tag. Extensions and private
 * parts are left out: they may hold any words.
 */
export function languageOf(tag: string): string | null {
  try {
    const { language, script, region } = new Intl.Locale(tag);
    const short = [language, script, region].filter((part) => part !== undefined).join("-");
    const name = new Intl.DisplayNames("en", { type: "language", fallback: "none" }).of(short);
    return name === undefined ? short : `${name}, ${short}`;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
