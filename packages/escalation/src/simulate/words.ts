import type { Json, LocalizedText, Owner } from "@hybrid-orchestrator/core";
import type { ScriptedAction } from "./script.js";
import type { SimulationStep, ToldSomebody } from "./simulation.js";

/** What a row is written with: names of workers, moments, texts of a language. */
export interface Words {
  nameOf(worker: string): string;
  clock(at: number): string;
  text(text: LocalizedText): string;
}

/** What happens in a step, one sentence each. */
export function whatHappens(
  { cause, refused, events, agentAsked, ...step }: SimulationStep,
  words: Words,
): string[] {
  const lines = typeof cause === "string" ? [] : [whatSomebodyDoes(cause, words)];
  if (refused !== null) lines.push(`refused: ${refused}`);
  for (const event of events) lines.push(...whatAnEventSays(event, words));
  const { held, nextLevelAt } = step;
  const exhausted = events.some(({ name }) => name === "escalation.exhausted");
  if (nextLevelAt !== null && (held || exhausted)) lines.push(`waits until ${words.clock(nextLevelAt)}`);
  if (agentAsked) lines.push("the AI is asked to go on");
  return lines;
}

function whatAnEventSays({ name, data }: SimulationStep["events"][number], words: Words): string[] {
  const who = data.worker === null ? "somebody" : words.nameOf(data.worker);
  const why = data.reason === null ? "" : `: ${data.reason}`;
  const level = `level ${data.level + 1}${data.cycle > 1 ? ` (round ${data.cycle})` : ""}`;
  switch (name) {
    case "escalation.opened":
      return [`opened${why}`];
    case "escalation.level_fired":
      return [`${level} fires`];
    case "escalation.no_target":
      return [data.reason === null ? `${level} finds nobody${next(data.details.next)}` : `${level}${why}`];
    case "escalation.exhausted":
      return [`no level is left: ${endings[String(data.details.next)] ?? String(data.details.next)}`];
    case "escalation.offered":
      return [`offered to ${who}`];
    case "escalation.offer_expired":
      return [`${who} lets the offer pass`];
    case "escalation.declined":
      return [`${who} declines${why}`];
    case "escalation.claimed":
      return [`${who} has claimed it`];
    case "escalation.responded":
      return [`first word of ${who}`];
    case "escalation.replied":
      return [`${who} says more`];
    case "escalation.released":
      return [`${who} has it no longer${why}`];
    case "escalation.transfer_requested":
      return [`${who} asks somebody to take over`];
    case "escalation.transferred":
      return [`${who} has taken over`];
    case "escalation.transfer_ended":
      return [`the transfer ended${why}`];
    case "escalation.snoozed":
      return [`${who} waits`];
    case "escalation.resumed":
      return ["goes on"];
    case "escalation.sla_breached":
      return [`SLA breached: ${data.reason}`];
    case "escalation.handed_back":
      return [`${who} hands it back`];
    case "escalation.resolved":
    case "escalation.cancelled":
    case "escalation.expired":
    case "escalation.merged":
    case "escalation.refused":
    case "escalation.noted":
    case "escalation.token_refused":
    case "approval.decided":
    case "approval.taken":
    case "approval.executed":
      return [`${name.slice(name.indexOf(".") + 1).replaceAll("_", " ")}${why}`];
  }
}

const endings: Readonly<Record<string, string>> = {
  back_to_ai: "back to the AI",
  take_contact: "asks for contact details",
  hold_until_open: "holds until it opens",
  expire: "it is over",
};

function next(onNoTarget: Json | undefined): string {
  if (onNoTarget === "skip") return ", and is skipped";
  if (onNoTarget === "hold") return ", and holds";
  return onNoTarget === "fall_back" ? ", and falls back" : "";
}

function whatSomebodyDoes(action: ScriptedAction, { nameOf }: Words): string {
  if (action.action === "user_writes") return `the user writes: ${action.text}`;
  if (action.action === "cancel") return "somebody cancels it";
  const who = nameOf(action.worker);
  switch (action.action) {
    case "presence":
      return `${who} is ${action.presence}`;
    case "claim":
      return `${who} claims`;
    case "decline":
      return `${who} says no`;
    case "reply":
      return `${who} writes: ${action.text}`;
    case "release":
      return `${who} gives it back`;
    case "snooze":
      return `${who} snoozes`;
    case "transfer":
      return `${who} transfers to ${"worker" in action.to ? nameOf(action.to.worker) : action.to.queue}`;
    case "hand_back":
      return `${who} hands back: ${action.note}`;
    case "resolve":
      return `${who} resolves`;
  }
}

/** Who is told, one line each; people of one kind of news on one line. */
export function whoIsTold(told: readonly ToldSomebody[], { nameOf, clock }: Words): string[] {
  const lines = new Map<string, string[]>();
  for (const { to, kind, until, text } of told) {
    const about = {
      call: "",
      offer: until === null ? " (offer)" : ` (offer until ${clock(until)})`,
      transfer: " (transfer)",
      taken: `: ${text}`,
      news: `: ${text}`,
    }[kind];
    const who = "worker" in to ? nameOf(to.worker) : `#${to.channel}`;
    lines.set(about, [...(lines.get(about) ?? []), who]);
  }
  return [...lines].map(([about, who]) => `${who.join(", ")}${about}`);
}

export function ownerText(owner: Owner, { nameOf }: Words): string {
  switch (owner.kind) {
    case "ai":
      return "the AI's";
    case "human":
      return `${nameOf(owner.worker)}'s`;
    case "nobody":
      return "nobody's";
  }
}
