import type { EscalationPolicy } from "@hybrid-orchestrator/core";
import type { Span } from "../time/calendar.js";
import { duration, type PolicyFinding } from "./finding.js";
import { gaps } from "./spans.js";
import { type Subject, yearMs } from "./subject.js";

/** Whoever is called more often than this by one escalation has long stopped to look. */
const mostRounds = 20;
/** So long a user may hear nothing. */
const longestSilenceSeconds = 7 * 86_400;

/** Policies that never end, that end before they are through, or that begin over and over. */
export function lintEnd(subject: Subject): PolicyFinding[] {
  return [
    ...lintCalendars(subject),
    ...lintTimeToLive(subject),
    ...lintClosures(subject),
    ...lintRounds(subject),
    ...lintSilence(subject),
  ];
}

function lintCalendars(subject: Subject): PolicyFinding[] {
  const { policy, now } = subject;
  const { calendars, onExhausted } = policy;
  const twoYears = { from: now, to: now + 2 * yearMs };
  return Object.keys(calendars).flatMap((name): PolicyFinding[] => {
    const open = subject.open(name, twoYears);
    if (open.length === 0)
      return [
        {
          severity: "error",
          code: "calendar_never_opens",
          path: ["calendars", name],
          message: "has no hours in the next two years: give its week some, or remove it",
        },
      ];
    const always = open.length === 1 && open[0]?.from === now && open[0].to === twoYears.to;
    if (!always || onExhausted.action !== "hold_until_open" || onExhausted.calendar !== name) return [];
    return [
      {
        severity: "error",
        code: "no_next_opening",
        path: ["onExhausted", "calendar"],
        message: `${name} is open at all times, so that it never opens again and nothing begins anew: name a calendar that closes, or repeat the levels`,
      },
    ];
  });
}

function lintTimeToLive({ policy }: Subject): PolicyFinding[] {
  const needed = neededSeconds(policy);
  if (policy.ttlSeconds >= needed) return [];
  return [
    {
      severity: "error",
      code: "ttl_too_short",
      path: ["ttlSeconds"],
      message: `is ${policy.ttlSeconds} s, and all levels take ${needed} s: the last never fire; raise it or wait less`,
    },
  ];
}

/** What waits for hours has to live longer than they are closed. */
function lintClosures(subject: Subject): PolicyFinding[] {
  const { levels, onExhausted, ttlSeconds } = subject.policy;
  const waitedFor = [
    ...levels.flatMap(({ hours, onNoTarget }) =>
      onNoTarget === "hold" && hours !== undefined ? [hours] : [],
    ),
    ...(onExhausted.action === "hold_until_open" ? [onExhausted.calendar] : []),
  ];
  return [...new Set(waitedFor)].flatMap((name): PolicyFinding[] => {
    const closure = longestClosure(subject, [name]);
    if (closure === null || (closure.to - closure.from) / 1_000 <= ttlSeconds) return [];
    const { from, to } = closure;
    return [
      {
        severity: "warning",
        code: "closed_longer_than_ttl",
        path: ["ttlSeconds"],
        message: `is ${duration(ttlSeconds)}, and what waits for ${name} waits up to ${duration((to - from) / 1_000)} (${new Date(from).toISOString()} to ${new Date(to).toISOString()}): it expires before anybody is told. Raise it`,
      },
    ];
  });
}

function lintRounds(subject: Subject): PolicyFinding[] {
  const { policy, now } = subject;
  const { repeat, onExhausted, ttlSeconds } = policy;
  const findings: PolicyFinding[] = [];
  if (repeat.fromLevel > 0 && repeat.times === 0)
    findings.push({
      severity: "warning",
      code: "repeat_without_effect",
      path: ["repeat", "fromLevel"],
      message: "repeats nothing, since times is 0: say how often, or remove it",
    });
  if (repeat.times > mostRounds)
    findings.push(manyRounds(["repeat", "times"], repeat.times + 1, "repeat less often"));
  if (onExhausted.action !== "hold_until_open") return findings;
  const open = subject.open(onExhausted.calendar, { from: now, to: now + ttlSeconds * 1_000 });
  const openings = open.filter(({ from }) => from > now).length;
  if (openings > mostRounds)
    findings.push(
      manyRounds(["onExhausted", "calendar"], openings + 1, "open less often, or shorten ttlSeconds"),
    );
  return findings;
}

function manyRounds(path: PolicyFinding["path"], rounds: number, advice: string): PolicyFinding {
  return {
    severity: "warning",
    code: "many_rounds",
    path,
    message: `calls the same people up to ${rounds} times about one escalation: ${advice}`,
  };
}

function lintSilence({ policy }: Subject): PolicyFinding[] {
  const { onExhausted, meanwhile, ttlSeconds, acknowledgeSeconds, slas } = policy;
  const findings: PolicyFinding[] = [];
  const silent = ttlSeconds - neededSeconds(policy);
  if (onExhausted.action === "take_contact" && meanwhile === "hold" && silent > longestSilenceSeconds)
    findings.push({
      severity: "warning",
      code: "long_silence",
      path: ["ttlSeconds"],
      message: `lets a session be nobody's for ${duration(silent)} after the last level, with the AI silent and nobody told: shorten it, repeat the levels, or let meanwhile be assist`,
    });
  if (acknowledgeSeconds === null && slas.respond === undefined && slas.resolve === undefined)
    findings.push({
      severity: "warning",
      code: "claim_never_ends",
      path: ["acknowledgeSeconds"],
      message:
        "lets whoever claims keep it without a word, and nobody notices: give it a time, or promise one in slas.respond",
    });
  return findings;
}

/** How long it takes through all levels and repetitions where each of them fires. */
function neededSeconds({ levels, repeat }: EscalationPolicy): number {
  const waits = (from: number) => levels.slice(from).reduce((sum, level) => sum + level.waitSeconds, 0);
  return waits(0) + repeat.times * waits(repeat.fromLevel);
}

/** The longest time within a year, between hours, in which all of these calendars are closed; null: none. */
export function longestClosure(subject: Subject, names: readonly string[]): Span | null {
  const { now } = subject;
  const open = names.flatMap((name) => subject.open(name, { from: now, to: now + yearMs }));
  const sorted = open.sort((a, b) => a.from - b.from);
  const [first] = sorted;
  if (first === undefined) return null;
  const end = Math.max(...sorted.map(({ to }) => to));
  return gaps(sorted, { from: first.from, to: end }).reduce<Span | null>(
    (longest, span) => (longest === null || span.to - span.from > longest.to - longest.from ? span : longest),
    null,
  );
}
