import type { Json } from "@hybrid-orchestrator/core";
import { cutText } from "./fit.js";
import { maskContext } from "./mask.js";
import type { ContextAttempt, ContextPackage, ContextView } from "./package.js";
import { type ContextTexts, textsFor } from "./texts.js";

export interface ContextFormatOptions {
  /** Default: the package's own. */
  readonly view?: ContextView;
  /** The longest text that the channel takes, in UTF-16 units. Default: no limit. */
  readonly maxLength?: number;
  /** BCP 47. English and German texts; times as the locale writes them. Default: en. */
  readonly locale?: string;
}

/** Where there is little room, the first sections go first, and of a section the newest lines. */
interface Section {
  readonly title: string | null;
  readonly lines: readonly string[];
  readonly newestFirst?: boolean;
}

/** The package in words, never longer than the channel takes; what is most needed comes first. */
export function formatContext(context: ContextPackage, options: ContextFormatOptions = {}): string {
  const { view = context.view, maxLength = Number.POSITIVE_INFINITY, locale = "en" } = options;
  const shown = maskContext(context, view);
  const writer = new Writer(shown, locale);
  const sections = shown.view === "brief" ? [writer.head()] : writer.sections();
  return join(sections, { maxLength, texts: writer.texts });
}

/** What is told of a session in one breath. */
export function briefLines(
  context: Pick<ContextPackage, "escalation" | "user" | "place">,
  texts: ContextTexts,
): string[] {
  const { escalation, user } = context;
  const { kind, reason, question, approval, suggestedHumanAction } = escalation;
  return [
    `${texts.kinds[kind]}: ${oneLine(question ?? reason)}`,
    question === null || question === reason ? "" : `(${oneLine(reason)})`,
    approval === null ? "" : `${texts.approve}: ${oneLine(approval.tool)}`,
    user === null || user.name === null ? "" : `${texts.user}: ${oneLine(user.name)}`,
    where(context.place, texts),
    suggestedHumanAction === null ? "" : `${texts.suggested}: ${oneLine(suggestedHumanAction)}`,
  ].filter((line) => line !== "");
}

function where({ page, screen, step }: ContextPackage["place"], texts: ContextTexts): string {
  return [
    page === null
      ? screen === null
        ? ""
        : `${texts.screen}: ${oneLine(screen)}`
      : `${texts.page}: ${oneLine(page.title)} (${page.number}/${page.of})`,
    step === null ? "" : `${texts.step}: ${oneLine(String(step))}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

class Writer {
  readonly texts: ContextTexts;
  readonly #context: ContextPackage;
  readonly #relative: Intl.RelativeTimeFormat;

  constructor(context: ContextPackage, locale: string) {
    this.#context = context;
    this.texts = textsFor(locale);
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });
  }

  head(): Section {
    const { escalation, session } = this.#context;
    const lines = [
      ...briefLines(this.#context, this.texts),
      `${this.texts.waits} ${this.#ago(escalation.openedAt)}. ${this.texts.session} ${session.id}`,
    ];
    return { title: null, lines };
  }

  sections(): Section[] {
    const { texts } = this;
    const { promises, session, stopped, place, earlier, escalation, omitted } = this.#context;
    return [
      this.head(),
      {
        title: texts.promises,
        lines: promises.map((one) => `${oneLine(one.text)} (${one.worker ?? "?"}, ${this.#ago(one.at)})`),
      },
      { title: texts.summary, lines: session.summary === null ? [] : [oneLine(session.summary)] },
      {
        title: `${texts.stopped} ${oneLine(stopped.by)}`,
        lines: [
          oneLine(stopped.reason),
          ...stopped.failures.map(({ at, what }) => `${this.#ago(at)}: ${oneLine(what)}`),
        ],
      },
      {
        title: texts.approve,
        lines: escalation.approval === null ? [] : [JSON.stringify(escalation.approval.args)],
      },
      { title: texts.notes, lines: escalation.notes.map((note) => `${note.worker}: ${oneLine(note.text)}`) },
      { title: texts.missing, lines: place.missing.map(oneLine) },
      { title: texts.fields, lines: this.#context.fields.map((field) => this.#field(field)) },
      { title: texts.messages, lines: this.#messages(), newestFirst: true },
      { title: texts.tried, lines: this.#context.tried.map((one) => this.#attempt(one)), newestFirst: true },
      {
        title: texts.earlier,
        lines: earlier.map(({ kind, openedAt, reason, outcome, answer, handBack }) =>
          [`${this.#ago(openedAt)}: ${kind}, ${oneLine(reason)}`, outcome, answer, handBack]
            .filter((part) => part !== null)
            .map(oneLine)
            .join(" → "),
        ),
        newestFirst: true,
      },
      {
        title: texts.timeline,
        lines: this.#context.timeline.map(
          ({ seq, at, actor, type, data }) =>
            `${seq}. ${this.#ago(at)}, ${texts.actors[actor]}: ${oneLine(type)} ${cutText(JSON.stringify(data), 300)}`,
        ),
        newestFirst: true,
      },
      {
        title: texts.omitted,
        lines: Object.entries(omitted).flatMap(([what, count]) => (count === 0 ? [] : [`${what}: ${count}`])),
      },
    ].filter(({ lines }) => lines.length > 0);
  }

  #field({ label, value, cut, error, changes, before }: ContextPackage["fields"][number]): string {
    const last = before.at(-1);
    const shown = value === undefined ? this.texts.unknown : tell(value);
    const was = changes === 0 || last === undefined ? "" : ` (${this.texts.was} ${tell(last.value)})`;
    return `${oneLine(label)} = ${shown}${cut ? " …" : ""}${was}${error ? ` ! ${oneLine(error)}` : ""}`;
  }

  /** Both sides, in order. What a human wrote here stands in the log and left as a message: it is told once. */
  #messages(): string[] {
    const { messages, sent } = this.#context;
    const { actors } = this.texts;
    const leftAs = new Set(
      sent.filter(({ by }) => by.startsWith("worker:")).map(({ by, at, text }) => `${by} ${at} ${text}`),
    );
    const written = messages
      .filter(({ worker, at, text }) => !leftAs.has(`worker:${worker} ${at} ${text}`))
      .map(({ at, actor, worker, text }) => ({ at, line: `${worker ?? actors[actor]}: ${oneLine(text)}` }));
    const left = sent.map(({ at, by, text, status, channel, reason }) => ({
      at,
      line: `${by}: ${oneLine(text)} [${[status, channel, reason]
        .filter((part) => part !== null)
        .map(oneLine)
        .join(", ")}]`,
    }));
    return [...written, ...left]
      .sort((a, b) => a.at - b.at)
      .map(({ at, line }) => `${this.#ago(at)}, ${line}`);
  }

  #attempt(attempt: ContextAttempt): string {
    const at = this.#ago(attempt.at);
    switch (attempt.kind) {
      case "decision": {
        const said = attempt.message === null ? "" : `: ${oneLine(attempt.message)}`;
        const became = attempt.delivery === null ? "" : ` [${attempt.delivery.status}]`;
        const why = attempt.reasoning === "" ? "" : ` (${oneLine(attempt.reasoning)})`;
        const failed = attempt.failure === null ? "" : ` ! ${oneLine(attempt.failure)}`;
        return `${at}, ${oneLine(attempt.agent)}: ${attempt.action}${said}${became}${why}${failed}`;
      }
      case "tool":
        return `${at}, ${oneLine(attempt.tool)} ${JSON.stringify(attempt.args)}: ${oneLine(attempt.status)}${attempt.error === null ? "" : `, ${oneLine(attempt.error)}`}`;
      case "failed_call":
        return `${at}, ${attempt.agent ?? "agent"} ! ${oneLine(attempt.failure)}`;
    }
  }

  /** `3 min. ago`: needs nobody's time zone. */
  #ago(at: number): string {
    const seconds = Math.max(0, Math.floor((this.#context.builtAt - at) / 1_000));
    const [unit, length] = units.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
    return this.#relative.format(-Math.floor(seconds / length), unit);
  }
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

function tell(value: Json): string {
  return typeof value === "string" ? `"${oneLine(value)}"` : JSON.stringify(value);
}

/** On one line, without characters that are not seen or that turn the direction of text: it comes from outside. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

/** Whole sections while there is room, then as many lines as fit with a word on how many do not, then nothing. */
function join(
  sections: readonly Section[],
  { maxLength, texts }: { readonly maxLength: number; readonly texts: ContextTexts },
): string {
  let written = "";
  for (const section of sections) {
    const gap = written === "" ? "" : "\n\n";
    const room = maxLength - written.length - gap.length;
    const title = section.title === null ? "" : `${section.title}:\n`;
    const whole = title + section.lines.join("\n");
    if (whole.length <= room) {
      written += gap + whole;
      continue;
    }
    if (written === "") return cutText(whole, maxLength);
    const part = title.length < room ? fitLines(section, room - title.length, texts) : "";
    return part === "" ? written : written + gap + title + part;
  }
  return written;
}

function fitLines({ lines, newestFirst = false }: Section, room: number, texts: ContextTexts): string {
  const note = (count: number) => `… ${count} ${texts.omitted}`;
  // The longest that the note can become.
  const forLines = room - note(lines.length).length - 1;
  const ordered = newestFirst ? lines.toReversed() : lines;
  let length = 0;
  let count = 0;
  for (const line of ordered) {
    if (length + line.length + 1 > forLines) break;
    length += line.length + 1;
    count += 1;
  }
  if (count === 0) return cutText(ordered[0] ?? "", room);
  const left = note(lines.length - count);
  return (newestFirst ? [left, ...lines.slice(-count)] : [...lines.slice(0, count), left]).join("\n");
}
