import { parseJson } from "@hybrid-orchestrator/core";
import { fencesIn } from "./fence.js";
import { standingAlone } from "./words.js";

export interface MessageRules {
  readonly maxMessageLength: number;
  readonly bannedPhrases: readonly string[];
}

/** Finds what a text for a user must not be. The answers name the rule and never quote the text. */
export interface MessageCheck {
  /** Why a whole text must not be sent, or null. */
  whole(text: string): string | null;
  /** Why what has been written so far can no longer become a text that may be sent, or null. */
  sofar(text: string): string | null;
}

export function messageCheck({ maxMessageLength, bannedPhrases }: MessageRules): MessageCheck {
  const banned = bannedPhrases.map((phrase) => ({
    phrase,
    pattern: standingAlone(normalized(phrase).trim(), "u"),
  }));

  function sofar(text: string): string | null {
    if (text.length > maxMessageLength) return `it is longer than ${maxMessageLength} characters`;
    if (text.includes("```")) return "it has a code fence";
    if (/^\s*\{\s*"/.test(text)) return "it is JSON";
    if (fencesIn(text)) return "it quotes the marks of the data";
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text.replace(/[\t\n\r]/g, ""))) return "it has control characters";
    const normal = normalized(text);
    const found = banned.find(({ pattern }) => pattern.test(normal));
    return found === undefined ? null : `it has the banned phrase "${found.phrase}"`;
  }

  return {
    sofar,
    whole(text) {
      if (!/[\p{L}\p{N}]/u.test(text)) return "it has no words";
      const json = /^\s*[[{"]/.test(text) ? parseJson(text) : undefined;
      return json === undefined ? sofar(text) : "it is JSON";
    },
  };
}

/** One form for what readers take for the same: case, compatibility forms, quotation marks, runs of spaces. */
function normalized(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/[‘’‛ʼ`´]/g, "'")
    .replace(/[‐‑–]/g, "-")
    .replace(/\s+/g, " ")
    .toLowerCase();
}
