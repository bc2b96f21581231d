import {
  type Activity,
  type EscalationKind,
  isOpen,
  logEntry,
  type NewEvent,
  type Owner,
  type StoredEvent,
} from "@hybrid-orchestrator/core";
import type { StoredSession } from "../../read-all.js";

export type EscalationEvent = Exclude<
  Extract<NewEvent, { readonly type: `escalation.${string}` }>,
  { readonly type: "escalation.requested" }
>;

/** What the events of a session say of one escalation, nothing else asked. */
export interface Life {
  readonly id: string;
  readonly kind: EscalationKind;
  readonly reason: string | null;
  readonly openedAt: number;
  holder: string | null;
  epoch: number;
  ended: string | null;
  readonly events: EscalationEvent[];
}

const ends: ReadonlySet<string> = new Set([
  "escalation.resolved",
  "escalation.cancelled",
  "escalation.expired",
]);
const byHolder: ReadonlySet<string> = new Set([
  "escalation.responded",
  "escalation.snoozed",
  "escalation.transfer_requested",
  "escalation.handed_back",
]);

function isOfEscalation(event: NewEvent): event is EscalationEvent {
  return event.type.startsWith("escalation.") && "escalationId" in event.data;
}

export function hasBeenClosed({ events }: StoredSession): boolean {
  return events.some((event) => event.type === "session.status_changed" && !isOpen(event.data.to));
}

/** Each entry of a log, with the human whose the session was by the entries before it. */
export function* ownersInLog(log: readonly Activity[]): Iterable<{
  readonly entry: Activity;
  readonly owner: { readonly worker: string; readonly ownershipEpoch: number } | null;
}> {
  let owner: { worker: string; ownershipEpoch: number } | null = null;
  for (const entry of log) {
    yield { entry, owner };
    if (entry.type !== logEntry.ownerChanged) continue;
    const { to, ownershipEpoch } = entry.data as { to: Owner; ownershipEpoch: number };
    owner = to.kind === "human" ? { worker: to.worker, ownershipEpoch } : null;
  }
}

/** A session told by its events alone: whose it is, who holds what, and what contradicts itself. */
export class SessionReplay {
  readonly lives = new Map<string, Life>();
  readonly violations: string[] = [];
  owner: Owner;
  ownershipEpoch = 0;
  /** The claim epoch under which a human became the owner, by the ownership epoch. */
  readonly claimedUnder = new Map<number, number>();

  constructor(owner: Owner) {
    this.owner = owner;
  }

  /** Who holds the takeover that is open, by the claims alone. */
  get holder(): string | null {
    for (const { kind, holder } of this.lives.values())
      if (kind === "takeover" && holder !== null) return holder;
    return null;
  }

  apply(stored: NewEvent | StoredEvent): void {
    const event = stored as NewEvent;
    if (event.type === "session.owner_changed") {
      const { from, to, ownershipEpoch } = event.data;
      if (JSON.stringify(from) !== JSON.stringify(this.owner))
        this.#wrong(`it passes from ${JSON.stringify(from)} and was ${JSON.stringify(this.owner)}`);
      if (JSON.stringify(from) === JSON.stringify(to))
        this.#wrong(`it passes to whom it belongs already, ${JSON.stringify(to)}`);
      if (ownershipEpoch !== this.ownershipEpoch + 1)
        this.#wrong(`ownership epoch ${ownershipEpoch} follows ${this.ownershipEpoch}`);
      this.owner = to;
      this.ownershipEpoch = ownershipEpoch;
      const owner = to.kind === "human" ? to.worker : null;
      const [held] = [...this.lives.values()].filter((one) => one.kind === "takeover" && one.holder !== null);
      if (held !== undefined) this.claimedUnder.set(ownershipEpoch, held.epoch);
      if (owner !== this.holder) this.#wrong(`${owner} owns it while ${this.holder} holds it`);
    } else if (isOfEscalation(event)) this.#escalation(event);
  }

  #escalation(event: EscalationEvent): void {
    const { escalationId: id, kind, claimEpoch, worker, reason, details } = event.data;
    if (event.type === "escalation.opened") {
      if (this.lives.has(id)) this.#wrong(`${id} is opened twice`);
      if (
        kind === "takeover" &&
        [...this.lives.values()].some((one) => one.kind === kind && one.ended === null)
      )
        this.#wrong(`${id} is opened beside another takeover`);
      const life = {
        id,
        kind,
        reason,
        openedAt: event.at,
        holder: null,
        epoch: 0,
        ended: null,
        events: [event],
      };
      this.lives.set(id, life);
      return;
    }
    const life = this.lives.get(id);
    if (life === undefined) {
      this.#wrong(`${event.type} of ${id}, which was never opened`);
      return;
    }
    life.events.push(event);
    if (event.type === "escalation.refused") return;
    const about = `${event.type} of ${id} for ${worker}`;
    if (life.ended !== null) this.#wrong(`${about} after it was ${life.ended}`);
    switch (event.type) {
      case "escalation.claimed":
        if (life.holder !== null) this.#wrong(`${about} while ${life.holder} holds it`);
        life.holder = worker;
        life.epoch += 1;
        break;
      case "escalation.transferred":
        if (life.holder !== details.from || life.holder === null)
          this.#wrong(`${about} from ${details.from} while ${life.holder} holds it`);
        life.holder = worker;
        life.epoch += 1;
        break;
      case "escalation.released":
        if (life.holder !== worker) this.#wrong(`${about} while ${life.holder} holds it`);
        life.holder = null;
        life.epoch += 1;
        break;
      case "escalation.level_fired":
      case "escalation.offered":
        if (life.holder !== null) this.#wrong(`${about} while ${life.holder} holds it`);
        break;
      default:
        if (byHolder.has(event.type) && life.holder !== worker)
          this.#wrong(`${about} while ${life.holder} holds it`);
        if (!ends.has(event.type)) break;
        // Whoever decides about a proposal that nobody holds has claimed it for just that moment.
        if (life.holder !== null && !(kind === "approval" && claimEpoch === life.epoch)) life.epoch += 1;
        life.holder = null;
        life.ended = event.type;
    }
    if (claimEpoch !== life.epoch) this.#wrong(`${about} at epoch ${claimEpoch}, counted ${life.epoch}`);
  }

  #wrong(what: string): void {
    this.violations.push(what);
  }
}
