import {
  type Disposition,
  dispositions,
  type Escalation,
  type EscalationKind,
  type EscalationStatus,
  hasEnded,
  type SlaTarget,
  slaTargets,
} from "@hybrid-orchestrator/core";
import { type DurationStatistics, Durations } from "./durations.js";

export const escalationOutcomes = [
  "open",
  "handed_back",
  "resolved",
  "answered",
  "approved",
  "edited",
  "rejected",
  "responded",
  "ignored",
  "cancelled",
  /** Every level had passed. */
  "nobody_came",
  /** Its time to live was over. */
  "expired",
] as const;
/** How an escalation ended, as one word. */
export type EscalationOutcome = (typeof escalationOutcomes)[number];

export interface SlaStatistics {
  /** Those that had this promise. */
  readonly count: number;
  readonly met: number;
  readonly breached: number;
  /** Neither yet, or ended before it was due. */
  readonly undecided: number;
  /** Breached among those met or breached, from 0 to 1; null where there is none. */
  readonly breachRate: number | null;
}

export interface GroupStatistics {
  readonly count: number;
  readonly byStatus: Partial<Readonly<Record<EscalationStatus, number>>>;
  readonly byKind: Partial<Readonly<Record<EscalationKind, number>>>;
  readonly byOutcome: Partial<Readonly<Record<EscalationOutcome, number>>>;
  /** From the opening to the first claim. */
  readonly timeToAccept: DurationStatistics;
  /** From the opening to the first word or decision. */
  readonly timeToFirstResponse: DurationStatistics;
  /** From the opening to the end, of those that were resolved. */
  readonly timeToResolve: DurationStatistics;
  readonly slas: Readonly<Record<SlaTarget, SlaStatistics>>;
  readonly handBacks: number;
  /** How often a holder was lost, or gave it back. */
  readonly releases: number;
  readonly transfers: number;
  /** What people thought of having been asked. */
  readonly judged: number;
  readonly dispositions: Readonly<Record<Disposition, number>>;
  /** Of those judged, from 0 to 1; null where none was. */
  readonly shares: Readonly<Record<Disposition, number | null>>;
}

export interface EscalationStatistics extends GroupStatistics {
  readonly byQueue: Readonly<Record<string, GroupStatistics>>;
  /** By who holds it, or held or decided it last. */
  readonly byWorker: Readonly<Record<string, GroupStatistics>>;
  /** Escalations whose queue or worker came after the first 1,000 of each, and which count in the whole alone. */
  readonly ungrouped: number;
}

const mostGroups = 1_000;

/** Counts escalations one after the other; holds their durations, and not them. */
export class StatisticsFold {
  readonly #whole = new Group();
  readonly #byQueue = new Map<string, Group>();
  readonly #byWorker = new Map<string, Group>();
  #ungrouped = 0;

  get count(): number {
    return this.#whole.count;
  }

  add(escalation: Escalation): void {
    this.#whole.add(escalation);
    const groups = [
      groupIn(this.#byQueue, escalation.queue),
      groupIn(this.#byWorker, escalation.holder?.worker ?? escalation.lastHolder),
    ];
    for (const group of groups) if (group !== "none" && group !== "full") group.add(escalation);
    if (groups.includes("full")) this.#ungrouped += 1;
  }

  statistics(): EscalationStatistics {
    const all = (groups: ReadonlyMap<string, Group>) =>
      Object.fromEntries([...groups].map(([name, group]) => [name, group.statistics()]));
    return {
      ...this.#whole.statistics(),
      byQueue: all(this.#byQueue),
      byWorker: all(this.#byWorker),
      ungrouped: this.#ungrouped,
    };
  }
}

/** Statistics of escalations that are at hand. */
export function escalationStatistics(escalations: Iterable<Escalation>): EscalationStatistics {
  const fold = new StatisticsFold();
  for (const escalation of escalations) fold.add(escalation);
  return fold.statistics();
}

function groupIn(groups: Map<string, Group>, name: string | null | undefined): Group | "none" | "full" {
  if (name === null || name === undefined) return "none";
  const known = groups.get(name);
  if (known !== undefined) return known;
  if (groups.size >= mostGroups) return "full";
  const group = new Group();
  groups.set(name, group);
  return group;
}

class Group {
  count = 0;
  readonly #byStatus = new Counter<EscalationStatus>();
  readonly #byKind = new Counter<EscalationKind>();
  readonly #byOutcome = new Counter<EscalationOutcome>();
  readonly #dispositions = new Counter<Disposition>();
  readonly #slas = new Counter<`${SlaTarget} ${"met" | "breached" | "undecided"}`>();
  readonly #accept = new Durations();
  readonly #respond = new Durations();
  readonly #resolve = new Durations();
  #handBacks = 0;
  #releases = 0;
  #transfers = 0;

  add(escalation: Escalation): void {
    const { status, kind, openedAt, claimedAt, respondedAt, endedAt, slas, handBack, disposition } =
      escalation;
    this.count += 1;
    this.#byStatus.add(status);
    this.#byKind.add(kind);
    this.#byOutcome.add(outcomeOf(escalation));
    this.#accept.add(openedAt, claimedAt);
    this.#respond.add(openedAt, respondedAt);
    this.#resolve.add(openedAt, status === "resolved" ? endedAt : null);
    for (const { target, metAt, breachedAt } of slas)
      this.#slas.add(`${target} ${breachedAt !== null ? "breached" : metAt !== null ? "met" : "undecided"}`);
    if (handBack !== null) this.#handBacks += 1;
    this.#releases += escalation.releases;
    this.#transfers += escalation.transfers;
    if (disposition !== null) this.#dispositions.add(disposition);
  }

  statistics(): GroupStatistics {
    const judged = dispositions.reduce((sum, one) => sum + this.#dispositions.of(one), 0);
    const share = (one: Disposition) => (judged === 0 ? null : this.#dispositions.of(one) / judged);
    return {
      count: this.count,
      byStatus: this.#byStatus.counts(),
      byKind: this.#byKind.counts(),
      byOutcome: this.#byOutcome.counts(),
      timeToAccept: this.#accept.statistics(),
      timeToFirstResponse: this.#respond.statistics(),
      timeToResolve: this.#resolve.statistics(),
      slas: record(slaTargets, (target) => this.#slaOf(target)),
      handBacks: this.#handBacks,
      releases: this.#releases,
      transfers: this.#transfers,
      judged,
      dispositions: record(dispositions, (one) => this.#dispositions.of(one)),
      shares: record(dispositions, share),
    };
  }

  #slaOf(target: SlaTarget): SlaStatistics {
    const met = this.#slas.of(`${target} met`);
    const breached = this.#slas.of(`${target} breached`);
    const undecided = this.#slas.of(`${target} undecided`);
    const decided = met + breached;
    const breachRate = decided === 0 ? null : breached / decided;
    return { count: decided + undecided, met, breached, undecided, breachRate };
  }
}

/** How it ended, as one word; `open` where it has not. */
function outcomeOf(escalation: Escalation): EscalationOutcome {
  const { status, handBack, approval, answer, progress } = escalation;
  if (!hasEnded(status)) return "open";
  if (status === "cancelled") return "cancelled";
  if (status === "expired") return progress.exhausted ? "nobody_came" : "expired";
  if (handBack !== null) return "handed_back";
  if (answer !== null) return "answered";
  switch (approval?.status) {
    case "approved":
    case "edited":
    case "rejected":
    case "responded":
    case "ignored":
      return approval.status;
    default:
      return "resolved";
  }
}

class Counter<Name extends string> {
  readonly #counts = new Map<Name, number>();

  add(name: Name): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  of(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  counts(): Partial<Record<Name, number>> {
    return Object.fromEntries(this.#counts) as Partial<Record<Name, number>>;
  }
}

function record<Name extends string, Value>(
  names: readonly Name[],
  of: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Value>;
}
