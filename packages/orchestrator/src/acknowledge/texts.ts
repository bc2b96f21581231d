import { chooseText } from "@hybrid-orchestrator/channel-hub";
import type { LocalizedText } from "@hybrid-orchestrator/core";

/** What workers read. `{...}` is filled in. */
const texts = {
  claim: { default: "I take it", de: "Ich übernehme" },
  decline: { default: "Not me", de: "Ich nicht" },
  approve: { default: "Approve", de: "Zustimmen" },
  reject: { default: "Reject", de: "Ablehnen" },
  claimLink: { default: "Take it: {link}", de: "Übernehmen: {link}" },
  decideLink: { default: "Decide: {link}", de: "Entscheiden: {link}" },
  replyHint: {
    default: "Reply YES to take it, NO to leave it to others.",
    de: "Antworten Sie JA, um zu übernehmen, oder NEIN.",
  },
  claimed: {
    default: "You have it: {reason}. What you answer here is passed on to the user.",
    de: "Sie haben übernommen: {reason}. Was Sie hier antworten, wird weitergegeben.",
  },
  claimedHere: { default: "You have it: {reason}", de: "Sie haben übernommen: {reason}" },
  claimedQuestion: {
    default: "You have it: {question} What you answer here is the answer.",
    de: "Sie haben übernommen: {question} Ihre Antwort hier gilt.",
  },
  declined: { default: "Noted: it is left to others.", de: "Vermerkt: Andere werden gefragt." },
  approved: { default: "Approved.", de: "Zugestimmt." },
  rejected: { default: "Rejected.", de: "Abgelehnt." },
  yours: { default: "You have it already.", de: "Sie haben schon übernommen." },
  taken: { default: "{worker} has it already.", de: "{worker} hat schon übernommen." },
  ended: { default: "It is over: {outcome}.", de: "Es ist vorbei: {outcome}." },
  stale: {
    default: "This call is out of date: it has changed hands since.",
    de: "Dieser Ruf gilt nicht mehr: Inzwischen hatte es jemand.",
  },
  used: { default: "This was answered before.", de: "Das ist schon beantwortet." },
  expired: { default: "This has expired.", de: "Das ist abgelaufen." },
  forged: { default: "This is not valid.", de: "Das ist nicht gültig." },
  foreign: { default: "This was meant for somebody else.", de: "Das galt jemand anderem." },
  no_capacity: {
    default: "You have no place free. End or hand over something first.",
    de: "Sie haben keinen Platz frei. Beenden oder übergeben Sie zuerst etwas.",
  },
  not_eligible: { default: "It is not yours to take.", de: "Das können Sie nicht übernehmen." },
  several: {
    default: "You have been called for several things. Use the link or button of the one you mean.",
    de: "Sie wurden mehrfach gerufen. Nehmen Sie den Link oder Knopf der gemeinten Sache.",
  },
  holdsSeveral: {
    default: "You hold several conversations, so this was not passed on. Answer in the one you mean.",
    de: "Sie führen mehrere Gespräche, daher ging das nicht weiter. Antworten Sie im gemeinten.",
  },
  again: {
    default:
      "You were written to about something else, so this was not passed on. Is it for the user of “{reason}”? Then send it again.",
    de: "Sie wurden inzwischen wegen etwas anderem angeschrieben, daher ging das nicht weiter. Ist es für „{reason}“? Dann senden Sie es noch einmal.",
  },
  notHeld: {
    default: "Nobody has it yet, so this was not passed on to the user. Take it first.",
    de: "Noch hat es niemand, daher ging das nicht an den Kunden. Übernehmen Sie zuerst.",
  },
  notPassedOn: {
    default: "{worker} has it, so this was not passed on to the user. It is kept as a note.",
    de: "{worker} hat übernommen, daher ging das nicht an den Kunden. Es ist als Notiz vermerkt.",
  },
} as const satisfies Record<string, LocalizedText>;

export type WorkerText = keyof typeof texts;

/** The text in the language of whoever reads it. */
export function workerText(
  name: WorkerText,
  locale: string | undefined,
  values: Readonly<Record<string, string>> = {},
): string {
  const { text } = chooseText(texts[name], locale, "en");
  return text.replace(/\{(\w+)\}/g, (whole, value: string) => values[value] ?? whole);
}

const words = {
  claim: ["yes", "ja", "y", "j", "1"],
  decline: ["no", "nein", "n", "2"],
} as const;

/** What a whole reply says; null for whatever is more, or something else. */
export function answerIn(text: string): "claim" | "decline" | null {
  const spoken = text
    .trim()
    .replace(/[.!]+$/, "")
    .toLowerCase();
  if (words.claim.some((word) => word === spoken)) return "claim";
  return words.decline.some((word) => word === spoken) ? "decline" : null;
}
