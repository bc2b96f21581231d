import { z } from "zod";
import { answerValue, type Reading, shapeProblem } from "./reading.js";
import { oneLine } from "./words.js";

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
type Summary = z.output<typeof summarySchema>;

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
function summaryText(summary: Summary, maxLength: number): string {
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

const entries = z.array(z.string()).nullish().catch(null);
const lenientSchema = z.object({
  situation: z.string().nullish(),
  promises: entries,
  avoid: entries,
  decisions: entries,
  open: entries,
  facts: entries,
  tried: entries,
});

/** The summary in a model's answer, as text. */
export function readSummary(answer: unknown, maxLength: number): Reading<string> {
  const value = answerValue(answer);
  if (value === undefined) return { ok: false, problem: "The model's summary is not JSON." };
  const read = lenientSchema.safeParse(value);
  if (!read.success) return { ok: false, problem: shapeProblem("summary", read.error) };
  const { situation, ...lists } = read.data;
  const text = summaryText(
    {
      situation: situation ?? "",
      promises: lists.promises ?? [],
      avoid: lists.avoid ?? [],
      decisions: lists.decisions ?? [],
      open: lists.open ?? [],
      facts: lists.facts ?? [],
      tried: lists.tried ?? [],
    },
    maxLength,
  );
  return text === "" ? { ok: false, problem: "The model's summary is empty." } : { ok: true, value: text };
}
