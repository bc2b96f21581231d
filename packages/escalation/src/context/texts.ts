/** The words around what a context package tells. */
export interface ContextTexts {
  readonly kinds: { readonly takeover: string; readonly approval: string; readonly question: string };
  readonly user: string;
  readonly waits: string;
  readonly session: string;
  readonly step: string;
  readonly page: string;
  readonly screen: string;
  readonly suggested: string;
  readonly question: string;
  readonly approve: string;
  readonly promises: string;
  readonly summary: string;
  readonly stopped: string;
  readonly failures: string;
  readonly fields: string;
  readonly was: string;
  readonly unknown: string;
  readonly missing: string;
  readonly messages: string;
  readonly tried: string;
  readonly earlier: string;
  readonly notes: string;
  readonly timeline: string;
  readonly omitted: string;
  readonly actors: {
    readonly user: string;
    readonly ai: string;
    readonly human: string;
    readonly system: string;
  };
}

const en: ContextTexts = {
  kinds: { takeover: "Take over", approval: "Approve", question: "Answer" },
  user: "User",
  waits: "Asked for",
  session: "Session",
  step: "Step",
  page: "Page",
  screen: "Screen",
  suggested: "Suggested",
  question: "Question",
  approve: "To approve",
  promises: "Open promises",
  summary: "Summary",
  stopped: "Asked by",
  failures: "What went wrong",
  fields: "Fields",
  was: "was",
  unknown: "not known",
  missing: "Still missing",
  messages: "Messages",
  tried: "What the AI did",
  earlier: "Earlier",
  notes: "Notes",
  timeline: "Log",
  omitted: "not shown",
  actors: { user: "User", ai: "AI", human: "Human", system: "System" },
};

const de: ContextTexts = {
  kinds: { takeover: "Übernehmen", approval: "Freigeben", question: "Beantworten" },
  user: "Nutzer",
  waits: "Angefragt",
  session: "Sitzung",
  step: "Schritt",
  page: "Seite",
  screen: "Ansicht",
  suggested: "Vorschlag",
  question: "Frage",
  approve: "Freizugeben",
  promises: "Offene Zusagen",
  summary: "Zusammenfassung",
  stopped: "Gefragt von",
  failures: "Was schiefging",
  fields: "Felder",
  was: "vorher",
  unknown: "unbekannt",
  missing: "Fehlt noch",
  messages: "Nachrichten",
  tried: "Was die KI getan hat",
  earlier: "Früher",
  notes: "Notizen",
  timeline: "Verlauf",
  omitted: "nicht gezeigt",
  actors: { user: "Nutzer", ai: "KI", human: "Mensch", system: "System" },
};

/** English, and German for whoever reads German. */
export function textsFor(locale: string): ContextTexts {
  return locale.toLowerCase().split("-", 1)[0] === "de" ? de : en;
}
