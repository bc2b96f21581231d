import type { LocalizedText } from "@hybrid-orchestrator/core";
import type { Announcement } from "../machine/step.js";

/** What the user is told when the session changes hands and the policy says nothing else. `{worker}` is the name. */
export const announcementTexts = {
  waiting: {
    default: "I am asking a colleague to help you. Please stay here for a moment.",
    de: "Ich hole jemanden aus dem Team dazu. Bitte bleiben Sie einen Moment hier.",
  },
  human: {
    default: "{worker} is here now and will help you.",
    de: "{worker} ist jetzt für Sie da.",
  },
  lost: {
    default: "{worker} had to leave. I am looking for somebody else.",
    de: "{worker} musste das Gespräch verlassen. Ich suche jemand anderen für Sie.",
  },
  ai: {
    default: "The automated assistant will go on from here.",
    de: "Ab hier macht der automatische Assistent weiter.",
  },
} as const satisfies Record<string, LocalizedText>;

/** What the user is told when the agent cannot answer. */
export const agentFailedText = {
  default: "I cannot answer that right now. I am asking a colleague.",
  de: "Das kann ich gerade nicht beantworten. Ich frage jemanden aus dem Team.",
} as const satisfies LocalizedText;

/** What the user is told when every level has passed and the policy says nothing else. */
export const exhaustedTexts = {
  back_to_ai: {
    default: "Nobody is free at the moment. I will go on helping you as well as I can.",
    de: "Im Moment ist niemand frei. Ich helfe Ihnen weiter, so gut ich kann.",
  },
  take_contact: {
    default: "Nobody is free at the moment. How can we reach you?",
    de: "Im Moment ist niemand frei. Wie können wir Sie erreichen?",
  },
  hold_until_open: {
    default: "Nobody is here at the moment. We will get back to you as soon as we open.",
    de: "Im Moment ist niemand da. Wir melden uns, sobald wir wieder geöffnet haben.",
  },
  expire: {
    default: "Nobody is free at the moment. Please try again later.",
    de: "Im Moment ist niemand frei. Bitte versuchen Sie es später noch einmal.",
  },
} as const satisfies Record<string, LocalizedText>;

const texts: Readonly<Record<Announcement, LocalizedText>> = { ...announcementTexts, ...exhaustedTexts };

/** What the user reads. `text` null: the library's own. `worker`: the name for `{worker}`, which is empty without one. */
export function announcementText(
  announcement: Announcement,
  { text, worker }: { readonly text: LocalizedText | null; readonly worker: string | null },
): LocalizedText {
  const put = (one: string) => one.replaceAll("{worker}", () => worker ?? "");
  const chosen = text ?? texts[announcement];
  if (typeof chosen === "string") return put(chosen);
  return Object.fromEntries(Object.entries(chosen).map(([locale, one]) => [locale, put(one)]));
}
