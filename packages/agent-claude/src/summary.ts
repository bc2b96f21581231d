import { z } from "zod";

const list = (description: string) => z.array(z.string()).describe(description);

/** What a model writes down; rendered here, so that every summary has one form and a bounded length. */
export const summarySchema = z.strictObject({
  situation: z.string().describe("Where the session stands, in one or two sentences."),
  promises: list("What was promised to the user, by whom, and until when."),
  avoid: list("What not to do or say again, and why."),
  decisions: list("What was decided, and by whom."),
  open: list("What is still to be done or answered."),
  facts: list("What is known of the user's case."),
  tried: list("What was tried, and what came of it."),
});
export type Summary = z.output<typeof summarySchema>;

const headings = [
  ["promises", "Promised"],
  ["avoid", "Do not"],
  ["decisions", "Decided"],
  ["open", "Open"],
  ["facts", "Facts"],
  ["tried", "Tried"],
] as const satisfies readonly (readonly [keyof Summary, string])[];

const maxEntryLength = 400;

/** The summary as text. What does not fit is left out from the end: what was tried goes before what was promised. */
export function summaryText(summary: Summary, maxLength: number): string {
  let text = oneLine(summary.situation, maxEntryLength * 2);
  for (const [key, heading] of headings) {
    let block = "";
    for (const entry of summary[key]) {
      const line = oneLine(entry, maxEntryLength);
      if (line === "") continue;
      const longer = `${block === "" ? `\n${heading}:` : block}\n- ${line}`;
      if (text.length + longer.length > maxLength) break;
      block = longer;
    }
    text += block;
  }
  return text.trim().slice(0, maxLength);
}

function oneLine(text: string, maxLength: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
