import { type LocalizedText, OrchestratorError } from "@hybrid-orchestrator/core";
import { zoned } from "../time/wall-clock.js";
import type { Simulation, SimulationStep } from "./simulation.js";
import { layOut, type Row, wrap } from "./table.js";
import { ownerText, type Words, whatHappens, whoIsTold } from "./words.js";

export interface FormatOptions {
  /** IANA name of the zone of the clock on the wall, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Of the days' names, and of what the user hears where the policy has it. Default: `en`. */
  readonly locale?: string;
  /** In characters, at least 80. Default: 100. */
  readonly width?: number;
}

/**
 * A simulation as a table for people: the time since the start, the clock on the wall, what happens, who is told, what
 * the user hears, and whose the session is then. Each day has a line of its own.
 * @throws OrchestratorError `invalid_argument` where the time zone, the locale or the width cannot be
 */
export function formatSimulation(simulation: Simulation, options: FormatOptions): string {
  const { timeZone, locale = "en", width = 100 } = options;
  if (!(width >= 80))
    throw new OrchestratorError("invalid_argument", `A table needs 80 characters, not ${width}.`);
  const { steps, end, workerNames, startAt, policyName } = simulation;
  const wall = wallClock(timeZone, locale);
  const withOffset = new Set([startAt, ...steps.map(({ at }) => at), end.at].map(wall.offset)).size > 1;
  const clock = (at: number) => wall.time(at) + (withOffset ? ` ${wall.offset(at)}` : "");
  let day = "";
  const rows = steps.flatMap((step): Row[] => {
    const { at, afterMs } = step;
    const words: Words = {
      nameOf: (worker) => (Object.hasOwn(workerNames, worker) ? workerNames[worker] : undefined) ?? worker,
      text: (text) => textFor(text, locale),
      // A moment of another day is told with its day.
      clock: (moment) =>
        wall.day(moment) === wall.day(at) ? clock(moment) : `${wall.day(moment)} ${clock(moment)}`,
    };
    const heading = wall.day(at) === day ? [] : [wall.longDay(at)];
    day = wall.day(at);
    return [
      ...heading,
      rowOf(step, words, { after: elapsed(afterMs), clock: `${wall.weekday(at)} ${clock(at)}` }),
    ];
  });
  const headings = ["after", "clock", "what happens", "who is told", "the user hears", "session"];
  const title = `Policy ${policyName}, opened ${wall.day(startAt)} ${wall.time(startAt)} ${timeZone}`;
  const last = `${endings[end.reason]} ${elapsed(end.afterMs)} (${wall.weekday(end.at)} ${wall.day(end.at)} ${clock(end.at)}): ${end.status}, ${end.outcome}. The session is ${ownerText(
    end.owner,
    { nameOf: (worker) => workerNames[worker] ?? worker, text: String, clock },
  )}.`;
  return [
    ...wrap(title, width),
    "",
    layOut(headings, rows, { width, narrow: [0, 1] }),
    "",
    ...wrap(last, width),
  ].join("\n");
}

const endings = {
  ended: "Over after",
  held: "Nothing more happens by itself after",
  until: "Still open after",
  too_many_steps: "Given up, as too much happens, after",
} as const;

function rowOf(
  step: SimulationStep,
  words: Words,
  { after, clock }: { readonly after: string; readonly clock: string },
): Row {
  return [
    [after],
    [clock],
    whatHappens(step, words),
    whoIsTold(step.told, words),
    step.userHears.map(({ text }) => `"${words.text(text)}"`),
    [ownerText(step.owner, words)],
  ];
}

/** `+2:00` is two minutes, `+1:02:00` an hour more, and `+1d 1:02:00` a day more. */
function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  const clock =
    days + hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `+${days === 0 ? "" : `${days}d `}${clock}`;
}

function wallClock(timeZone: string, locale: string) {
  let short: Intl.DateTimeFormat;
  let long: Intl.DateTimeFormat;
  try {
    short = new Intl.DateTimeFormat(locale, { timeZone, weekday: "short" });
    long = new Intl.DateTimeFormat(locale, { timeZone, weekday: "long" });
  } catch (error) {
    throw new OrchestratorError(
      "invalid_argument",
      `Either ${timeZone} is no time zone such as Europe/Berlin, or ${locale} no locale such as de.`,
      { cause: error },
    );
  }
  const shown = (at: number) => zoned(at, timeZone);
  const day = (at: number) => shown(at).toPlainDate().toString();
  return {
    day,
    weekday: (at: number) => short.format(at),
    longDay: (at: number) => `${long.format(at)} ${day(at)}`,
    offset: (at: number) => shown(at).offset,
    time(at: number) {
      const { second } = shown(at);
      return shown(at)
        .toPlainTime()
        .toString({ smallestUnit: second === 0 ? "minute" : "second" });
    },
  };
}

/** The text of the language, or of the language without its region, or everybody's. */
function textFor(text: LocalizedText, locale: string): string {
  if (typeof text === "string") return text;
  const [language = ""] = locale.split("-");
  const found = [locale, language].find((key) => Object.hasOwn(text, key)) ?? "default";
  return text[found] ?? "";
}
