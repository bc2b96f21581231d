import type { LocalizedText } from "@hybrid-orchestrator/core";

export interface ChosenText {
  readonly text: string;
  /** What its numbers, dates and plurals follow. */
  readonly locale: string;
}

/**
 * The text for a locale: the same tag, else its shorter forms (`de-CH-1996`, `de-CH`, `de`, the lookup of RFC 4647),
 * else another region of the same language, else `default`.
 */
export function chooseText(
  texts: LocalizedText,
  locale: string | undefined,
  defaultLocale: string,
): ChosenText {
  const wanted = locale === undefined ? undefined : canonical(locale);
  if (typeof texts === "string") return { text: texts, locale: defaultLocale };
  const byTag = new Map<string, string>();
  for (const [key, text] of Object.entries(texts)) {
    const tag = canonical(key);
    if (key !== "default" && tag !== undefined) byTag.set(tag, text);
  }
  if (wanted !== undefined) {
    for (let tag = wanted; tag !== ""; tag = tag.slice(0, Math.max(tag.lastIndexOf("-"), 0))) {
      const text = byTag.get(tag);
      if (text !== undefined) return { text, locale: wanted };
    }
    const language = languageOf(wanted);
    for (const [tag, text] of byTag) if (languageOf(tag) === language) return { text, locale: tag };
  }
  return { text: texts.default ?? "", locale: defaultLocale };
}

/** How BCP 47 writes it, or undefined for what is no language tag. */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function languageOf(tag: string): string {
  return tag.split("-", 1)[0] ?? tag;
}
