import type { EscalationPolicy, LocalizedText } from "@hybrid-orchestrator/core";
import type { PolicyFinding } from "./finding.js";

interface Written {
  readonly path: readonly (string | number)[];
  readonly text: LocalizedText;
  /** Whether there is a worker whose name stands for `{worker}`. */
  readonly named: boolean;
}

/** What the user would read and not understand. */
export function lintTexts({ announcements, onExhausted }: EscalationPolicy): PolicyFinding[] {
  const written: Written[] = [];
  for (const name of ["waiting", "human", "lost", "ai"] as const) {
    const text = announcements[name];
    if (text != null) written.push({ path: ["announcements", name], text, named: name !== "waiting" });
  }
  if (onExhausted.message !== undefined)
    written.push({ path: ["onExhausted", "message"], text: onExhausted.message, named: false });
  return [
    ...written.flatMap(({ path, text }) => (path[1] === "human" ? lintName(text, path) : [])),
    ...written.flatMap(lintPlaceholders),
    ...lintLocales(written),
  ];
}

function lintName(text: LocalizedText, path: Written["path"]): PolicyFinding[] {
  return versions(text).flatMap(({ key, words }): PolicyFinding[] =>
    words.includes("{worker}")
      ? []
      : [
          {
            severity: "warning",
            code: "announcement_without_worker",
            path: [...path, ...key],
            message: "does not say who is there now: put {worker} where the name belongs",
          },
        ],
  );
}

function lintPlaceholders({ path, text, named }: Written): PolicyFinding[] {
  return versions(text).flatMap(({ key, words }) =>
    [...new Set(words.match(/\{[^{}\s]*\}/g) ?? [])].flatMap((placeholder): PolicyFinding[] => {
      if (placeholder === "{worker}" && named) return [];
      const message =
        placeholder === "{worker}"
          ? "names {worker}, and there is nobody yet: the place stays empty. Leave it out"
          : `has ${placeholder}, which is sent as it stands: only {worker} is replaced. Leave it out`;
      return [{ severity: "warning", code: "unknown_placeholder", path: [...path, ...key], message }];
    }),
  );
}

/** Whoever is answered in their language once expects it. */
function lintLocales(written: readonly Written[]): PolicyFinding[] {
  const locales = new Set(written.flatMap(({ text }) => versions(text).flatMap(({ key }) => key)));
  locales.delete("default");
  return written.flatMap(({ path, text }): PolicyFinding[] => {
    const has = versions(text).flatMap(({ key }) => key);
    const missing = [...locales].filter((locale) => !has.includes(locale)).sort();
    if (missing.length === 0) return [];
    const message = `is not there in ${missing.join(", ")}, as other texts of the policy are: translate it`;
    return [{ severity: "warning", code: "missing_locale", path, message }];
  });
}

function versions(text: LocalizedText): { readonly key: readonly string[]; readonly words: string }[] {
  if (typeof text === "string") return [{ key: [], words: text }];
  return Object.entries(text).map(([locale, words]) => ({ key: [locale], words }));
}
