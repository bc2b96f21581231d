import { type EscalationPolicy, hasEnded, OrchestratorError, parseWith } from "@hybrid-orchestrator/core";
import { advance, nextDueAt } from "../machine/advance.js";
import { type OpenRequest, openEscalation } from "../machine/open.js";
import type { Staff } from "../staff/staff.js";
import { act } from "./act.js";
import { Desk } from "./desk.js";
import { endOf } from "./end.js";
import { isSameButLooked, skipLooks } from "./looks.js";
import { hasNews, stepOf } from "./record.js";
import { type Script, type ScriptedAction, scriptSchema } from "./script.js";
import type { Simulation, SimulationStep } from "./simulation.js";
import { createWorld, type World } from "./world.js";

export interface SimulateOptions {
  /** Who could help, as they are at the start; {@link readStaff} makes one. */
  readonly staff: Staff;
  /** When the escalation opens. */
  readonly startAt: number;
  /** When to stop at the latest. Default: 366 days after the start. */
  readonly until?: number;
  /** What people do meanwhile. Default: nobody reacts. */
  readonly script?: Script;
  /** Whose the session is at the start, and again when it goes back to the AI; null: there is no AI. Default: `assistant`. */
  readonly agent?: string | null;
  readonly policyName?: string;
  /** How the escalation is opened. Default: a takeover that the user asks for, for nobody in particular. */
  readonly escalation?: Partial<Pick<OpenRequest, "reason" | "priority" | "queue" | "skills" | "channel">> & {
    readonly kind?: "takeover" | "question";
  };
}

const dayMs = 86_400_000;
const maxSteps = 20_000;

/**
 * What happens from the moment at which an escalation opens, minute by minute, until it ends or nothing more happens by
 * itself. It drives the machine on a clock of its own and follows what the machine decides as the orchestrator does; it
 * waits for nothing and changes nothing.
 * @throws OrchestratorError `invalid_argument` where the script cannot be read, or `until` lies before the start
 */
export function simulatePolicy(policy: EscalationPolicy, options: SimulateOptions): Simulation {
  const {
    staff,
    startAt,
    until = startAt + 366 * dayMs,
    agent = "assistant",
    policyName = "policy",
  } = options;
  if (!(until >= startAt))
    throw new OrchestratorError("invalid_argument", "The simulation must not end before it starts.");
  const script = readScript(options.script ?? [], startAt);
  const opening = openEscalation(requestOf(policy, options), { now: startAt, staff });
  const desk = new Desk(opening.escalation, { staff, agent });
  const world = createWorld(policy, staff);
  const steps: SimulationStep[] = [];
  let now = startAt;
  const record = (cause: SimulationStep["cause"], refused: string | null = null) => {
    const step = stepOf(desk, { now, startAt, cause, refused });
    if (cause !== "time" || hasNews(step)) steps.push(step);
  };
  const actUpTo = (moment: number): boolean => {
    const waiting = script.length;
    for (let next = script[0]; next !== undefined && next.at <= moment; next = script[0]) {
      script.shift();
      record(next.action, attempt(desk, next.action, now));
    }
    return script.length < waiting;
  };
  const finish = (reason: Simulation["end"]["reason"], at: number): Simulation => ({
    policyName,
    startAt,
    steps,
    end: endOf(desk, { reason, at, startAt }),
    workerNames: Object.fromEntries([...staff.workers.values()].map(({ id, name }) => [id, name])),
  });

  desk.apply(opening, now);
  record("opened");
  actUpTo(now);
  // Whether the last look at who is there found what the one before it had found.
  let idle = false;
  for (let turn = 0; turn < maxSteps; turn += 1) {
    const ended = hasEnded(desk.escalation.status);
    // What people try afterwards is refused, and the simulation shows that.
    if (ended && script.length === 0) return finish("ended", now);
    const others = earliest(desk.nextPlaceAt(), script[0]?.at ?? null);
    if (idle) {
      const changeAt = earliest(others, nextWorldChange(desk, world, now));
      desk.escalation = skipLooks(desk.escalation, { changeAt, graceMs: staff.presenceGraceMs });
    }
    const next = earliest(others, nextDueAt(desk.escalation));
    if (next === null) return finish(ended ? "ended" : "held", steps.at(-1)?.at ?? now);
    if (next > until) return finish(ended ? "ended" : "until", until);
    now = Math.max(next, now + 1);
    const before = desk.escalation;
    desk.settleDue(now);
    const due = nextDueAt(before);
    if (due !== null && due <= now) desk.apply(advance(before, desk.context(now)), now);
    const looked: boolean = idle || (before.checkAt !== null && before.checkAt <= now);
    idle = looked && isSameButLooked(before, desk.escalation);
    record("time");
    if (actUpTo(now)) idle = false;
  }
  return finish("too_many_steps", now);
}

function nextWorldChange({ escalation, workers }: Desk, world: World, now: number): number | null {
  const skips = escalation.skipped.map(({ until }) => until).filter((at) => at > now);
  return earliest(world.nextChange(now, workers.values()), ...skips);
}

function earliest(...moments: readonly (number | null)[]): number | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function attempt(desk: Desk, action: ScriptedAction, now: number): string | null {
  try {
    act(desk, action, now);
    return null;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error.message;
    throw error;
  }
}

interface Timed {
  readonly at: number;
  readonly action: ScriptedAction;
}

function readScript(input: Script, startAt: number): Timed[] {
  return parseWith(scriptSchema, input, { name: "script" })
    .map((action) => ({ at: startAt + Math.round(action.afterSeconds * 1_000), action }))
    .sort((a, b) => a.at - b.at);
}

function requestOf(
  policy: EscalationPolicy,
  { escalation = {}, policyName = "policy" }: SimulateOptions,
): OpenRequest {
  const { kind = "takeover", reason = "the user asks for somebody" } = escalation;
  return {
    id: "simulated",
    sessionId: "simulated",
    parentId: null,
    requestedBy: "user",
    suggestedHumanAction: null,
    priority: "normal",
    queue: null,
    skills: [],
    channel: "chat",
    question: kind === "question" ? reason : null,
    approval: null,
    seq: 0,
    openings: [],
    ...escalation,
    kind,
    reason,
    policyName,
    policy,
  };
}
