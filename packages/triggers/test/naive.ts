import type {
  Activity,
  Condition,
  LeafCondition,
  Session,
  StepPattern,
  Trigger,
} from "@hybrid-orchestrator/core";

/**
 * The meaning of rules, written down a second time: every question is answered by looking through the whole log, at
 * every moment anew. Slow, simple, and without a line of the engine; what the engine says must be the same.
 */

export interface NaiveFiring {
  readonly trigger: string;
  readonly ordinal: number;
  readonly at: number;
  readonly seq: number;
}

interface Look {
  readonly log: readonly Activity[];
  readonly session: Session;
  readonly at: number;
  readonly activity: Activity | null;
}

/** Up to which entry a leaf's findings have been used up, by key; leaves are named by their place in the condition. */
type Consumed = Map<string, number>;

type Truth = boolean | undefined;

const ms = (seconds: number) => Math.round(seconds * 1_000);
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const matches = (glob: string, text: string) =>
  new RegExp(
    `^${glob
      .replaceAll(/[.+^$()|[\]\\{}]/g, "\\$&")
      .replaceAll("*", "[^]*")
      .replaceAll("?", "[^]")}$`,
  ).test(text);

export class NaiveRules {
  readonly firings: NaiveFiring[] = [];
  readonly #consumed = new Map<string, Consumed>();
  readonly #triggers: readonly Trigger[];

  constructor(
    triggers: readonly Trigger[],
    private readonly cap: number | null,
  ) {
    this.#triggers = [...triggers].sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
    for (const { name } of triggers) this.#consumed.set(name, new Map());
  }

  /** What fires at one moment. */
  evaluate(look: Look): NaiveFiring[] {
    const fired: NaiveFiring[] = [];
    for (const trigger of this.#triggers) {
      if (!this.#allows(trigger, look)) continue;
      const consumed = this.#consumed.get(trigger.name)!;
      if (holds(trigger.condition, "", look, consumed) !== true) continue;
      const ordinal = this.#of(trigger).length + 1;
      const firing = { trigger: trigger.name, ordinal, at: look.at, seq: look.log.length };
      this.firings.push(firing);
      fired.push(firing);
      consume(trigger.condition, "", look, consumed);
    }
    return fired;
  }

  #of(trigger: Trigger): NaiveFiring[] {
    return this.firings.filter(({ trigger: name }) => name === trigger.name);
  }

  #allows(trigger: Trigger, look: Look): boolean {
    const own = this.#of(trigger);
    const last = own.at(-1);
    if (own.length >= trigger.maxFires) return false;
    if (last !== undefined && look.at < last.at + ms(trigger.cooldownSeconds)) return false;
    const shadows = this.#triggers.filter(({ mode }) => mode === "shadow").map(({ name }) => name);
    const counted = this.firings.filter(({ trigger: name }) => !shadows.includes(name)).length;
    if (this.cap !== null && counted >= this.cap && !shadows.includes(trigger.name)) return false;
    const { status } = look.session;
    if (
      trigger.status !== undefined
        ? !trigger.status.includes(status)
        : !watchesStatus(trigger.condition) && status !== "active"
    ) {
      return false;
    }
    if (status === "paused" && !ownPause(trigger.condition, look)) return false;
    return passes(trigger, look.session);
  }
}

function watchesStatus(condition: Condition): boolean {
  if (isCombination(condition)) return condition.conditions.some(watchesStatus);
  if (condition.type === "not") return watchesStatus(condition.condition);
  return condition.type === "status_changed" || condition.type === "time_in_status";
}

/** Whether a status_changed outside of `not` holds at this very moment. */
function ownPause(condition: Condition, look: Look): boolean {
  if (isCombination(condition)) return condition.conditions.some((part) => ownPause(part, look));
  if (condition.type === "not") return false;
  return condition.type === "status_changed" && leafHolds(condition, look, () => 0) === true;
}

function passes(trigger: Trigger, session: Session): boolean {
  const { filter } = trigger;
  if (filter === undefined) return true;
  if (typeof filter === "function") {
    try {
      return filter(session);
    } catch {
      return false;
    }
  }
  const workflows = filter.workflow === undefined ? [session.workflow] : [filter.workflow].flat();
  return (
    workflows.includes(session.workflow) &&
    Object.entries(filter.metadata ?? {}).every(([path, is]) => same(dig(session.metadata, path), is))
  );
}

function dig(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}

type Combination = Extract<Condition, { readonly type: "all" | "any" }>;

function isCombination(condition: Condition): condition is Combination {
  return condition.type === "all" || condition.type === "any";
}

function holds(condition: Condition, place: string, look: Look, consumed: Consumed): Truth {
  if (isCombination(condition)) {
    const truths = condition.conditions.map((part, index) =>
      holds(part, `${place}/${index}`, look, consumed),
    );
    const decisive = condition.type === "any";
    if (truths.includes(decisive)) return decisive;
    return truths.includes(undefined) ? undefined : !decisive;
  }
  if (condition.type === "not") {
    const truth = holds(condition.condition, `${place}/not`, look, consumed);
    return truth === undefined ? undefined : !truth;
  }
  return leafHolds(condition, look, (key) => consumed.get(`${place}:${key}`) ?? 0);
}

/** Every leaf outside `not` that held: what it rests on never counts again. */
function consume(condition: Condition, place: string, look: Look, consumed: Consumed): void {
  if (condition.type === "not") return;
  if (isCombination(condition)) {
    for (const [index, part] of condition.conditions.entries())
      consume(part, `${place}/${index}`, look, consumed);
    return;
  }
  const since = (key: string) => consumed.get(`${place}:${key}`) ?? 0;
  for (const key of keysThatHold(condition, look, since)) consumed.set(`${place}:${key}`, look.log.length);
}

function keysThatHold(leaf: LeafCondition, look: Look, since: (key: string) => number): string[] {
  switch (leaf.type) {
    case "field_error":
      return fieldsIn(look.log).filter((field) => fieldIsHot(leaf, field, look, since(field)));
    case "oscillation":
      return leafHolds(leaf, look, since) ? [fieldOf(look.activity!)!] : [];
    case "repeated_error":
    case "rate":
    case "sequence":
    case "trend":
    case "absence_after":
      return leafHolds(leaf, look, since) ? [""] : [];
    default:
      return [];
  }
}

function leafHolds(leaf: LeafCondition, look: Look, since: (key: string) => number): Truth {
  const { log, session, at, activity } = look;
  switch (leaf.type) {
    case "no_activity": {
      const times = log
        .filter(({ actor }) => leaf.actors.includes(actor))
        .map(({ occurredAt }) => occurredAt);
      return at - Math.max(session.createdAt, ...times) >= ms(leaf.seconds);
    }
    case "no_progress": {
      const seen = log.filter(({ data }) => data[leaf.marker] !== undefined && data[leaf.marker] !== null);
      const changes = seen.filter(
        ({ data }, index) => !same(data[leaf.marker], seen[index - 1]?.data[leaf.marker]),
      );
      return (
        at - Math.max(session.createdAt, ...changes.map(({ occurredAt }) => occurredAt)) >= ms(leaf.seconds)
      );
    }
    case "field_changed":
      return activity !== null && isChange(activity, log) && matches(leaf.field, fieldOf(activity)!);
    case "field_error":
      return fieldsIn(log).some((field) => fieldIsHot(leaf, field, look, since(field)));
    case "repeated_error": {
      const isError = ({ type }: Activity) =>
        leaf.activity === undefined
          ? type === "error" || type.endsWith("_error") || type.endsWith(".error")
          : matches(leaf.activity, type);
      return enough(leaf, log.filter(isError), look, since(""));
    }
    case "rate":
      return enough(
        leaf,
        log.filter(({ type }) => matches(leaf.activity, type)),
        look,
        since(""),
      );
    case "status_changed": {
      if (activity?.type !== "session.status_changed") return false;
      const { from, to } = activity.data as { from: never; to: never };
      return [leaf.to].flat().includes(to) && (leaf.from === undefined || [leaf.from].flat().includes(from));
    }
    case "reached_stage": {
      const stages = log.filter(({ data }) => typeof data.stage === "string");
      return (
        activity !== null &&
        stages.at(-1) === activity &&
        activity.data.stage === leaf.stage &&
        stages.at(-2)?.data.stage !== leaf.stage
      );
    }
    case "score_below": {
      const score = activity?.data[leaf.metric];
      return typeof score === "number" && score < leaf.threshold;
    }
    case "classified":
      return activity?.type === "classification" && activity.data.label === leaf.label;
    case "time_in_status": {
      const change = log.findLast(({ type }) => type === "session.status_changed");
      const status = change === undefined ? "active" : change.data.to;
      return status === leaf.status && at - (change?.occurredAt ?? session.createdAt) >= ms(leaf.seconds);
    }
    case "metadata":
      return same(dig(session.metadata, leaf.path), leaf.is);
    case "absence_after": {
      const is = (pattern: StepPattern) => (entry: Activity) => isStep(pattern, entry);
      const answered = (step: Activity) =>
        log.some((entry) => entry.seq > step.seq && is(leaf.without)(entry));
      const waiting = log.find((entry) => entry.seq > since("") && is(leaf.step)(entry) && !answered(entry));
      return waiting !== undefined && at - waiting.occurredAt >= ms(leaf.seconds);
    }
    case "oscillation": {
      if (activity === null || !isChange(activity, log)) return false;
      const field = fieldOf(activity)!;
      if (!matches(leaf.field, field)) return false;
      const changes = log.filter(
        (entry) => entry.seq > since(field) && fieldOf(entry) === field && isChange(entry, log),
      );
      const values = changes.slice(-3).map(({ data }) => data.value);
      return values.length === 3 && !values.includes(undefined) && same(values[0], values[2]);
    }
    case "trend": {
      if (typeof activity?.data[leaf.metric] !== "number") return false;
      const values = log
        .filter(({ seq, data }) => seq > since("") && typeof data[leaf.metric] === "number")
        .map(({ data }) => data[leaf.metric] as number)
        .slice(-leaf.times - 1);
      const moves = values.slice(1).map((value, index) => Math.sign(value - values[index]!));
      return (
        moves.length === leaf.times && moves.every((move) => move === (leaf.direction === "rising" ? 1 : -1))
      );
    }
    case "sequence":
      return activity !== null && completes(leaf, activity, log, since(""));
    case "custom": {
      const since = at - session.createdAt;
      if (
        activity === null &&
        !(leaf.everySeconds !== undefined && since > 0 && since % ms(leaf.everySeconds) === 0)
      )
        return false;
      try {
        const evaluate = leaf.evaluate as (context: unknown) => boolean;
        return evaluate({ session, activities: log.slice(-50), now: at, params: leaf.params });
      } catch {
        return undefined;
      }
    }
  }
}

function fieldOf({ data }: Activity): string | null {
  const id = data.fieldId ?? data.field_id;
  return typeof id === "string" && id !== "" ? id : null;
}

function fieldsIn(log: readonly Activity[]): string[] {
  return [...new Set(log.map(fieldOf).filter((field) => field !== null))];
}

/** A field_change that does not repeat the value which the field's field_change before it gave. */
function isChange(activity: Activity, log: readonly Activity[]): boolean {
  const field = fieldOf(activity);
  if (activity.type !== "field_change" || field === null) return false;
  const before = log.findLast(
    ({ seq, type, ...entry }) =>
      seq < activity.seq && type === "field_change" && fieldOf(entry as Activity) === field,
  );
  const value = activity.data.value;
  return value === undefined || before === undefined || !same(before.data.value, value);
}

type Window = { readonly times: number; readonly withinSeconds: number };

function fieldIsHot(
  leaf: Window & { readonly field: string },
  field: string,
  look: Look,
  since: number,
): boolean {
  if (!matches(leaf.field, field)) return false;
  return enough(
    leaf,
    look.log.filter((entry) => fieldOf(entry) === field && isChange(entry, look.log)),
    look,
    since,
  );
}

/** Enough of these entries lie in the window, of the newest 2 × times that were not used up. */
function enough(leaf: Window, entries: readonly Activity[], { at, activity }: Look, since: number): boolean {
  const end = activity === null ? at : activity.occurredAt;
  const newest = entries
    .filter(({ seq }) => seq > since)
    .map(({ occurredAt }) => occurredAt)
    .sort((a, b) => a - b)
    .slice(-2 * leaf.times);
  return newest.filter((time) => time > end - ms(leaf.withinSeconds) && time <= end).length >= leaf.times;
}

function isStep(pattern: StepPattern, entry: Activity): boolean {
  if (!matches(pattern.activity, entry.type)) return false;
  const field = fieldOf(entry);
  if (pattern.field !== undefined && (field === null || !matches(pattern.field, field))) return false;
  return Object.entries(pattern.data ?? {}).every(([key, value]) => same(entry.data[key], value));
}

type Sequence = Extract<LeafCondition, { type: "sequence" }>;

function completes(leaf: Sequence, activity: Activity, log: readonly Activity[], since: number): boolean {
  const entries = log.filter(({ seq }) => seq > since);
  const inOrder = entries.every(
    (entry, index) => index === 0 || entry.occurredAt >= entries[index - 1]!.occurredAt,
  );
  return inOrder ? anyWay(leaf, activity, entries) : newestWay(leaf, activity, entries);
}

const within = (leaf: Sequence, start: number, end: number) =>
  start > end - ms(leaf.withinSeconds) && start <= end;
const gapIsFine = (leaf: Sequence, before: Activity, after: Activity) =>
  leaf.maxGapSeconds === undefined || after.occurredAt - before.occurredAt <= ms(leaf.maxGapSeconds);
const optionalBetween = (leaf: Sequence, from: number, to: number) =>
  leaf.steps.slice(from, to).every(({ optional }) => optional);

/** Is there any choice of entries, one for each step but optional ones, that ends with this one? */
function anyWay(leaf: Sequence, activity: Activity, entries: readonly Activity[]): boolean {
  /** Ways that lead up to this step, done by this entry, backwards to some first entry. */
  const starts = (index: number, entry: Activity): Activity[] => {
    const step = leaf.steps[index]!;
    if (!isStep(step, entry)) return [];
    const own = optionalBetween(leaf, 0, index) ? [entry] : [];
    const before = entries.filter(({ seq }) => seq < entry.seq && (!step.adjacent || seq === entry.seq - 1));
    const longer = before
      .filter((other) => gapIsFine(leaf, other, entry))
      .flatMap((other) =>
        leaf.steps.flatMap((_, place) =>
          place < index && optionalBetween(leaf, place + 1, index) ? starts(place, other) : [],
        ),
      );
    return [...own, ...longer];
  };
  return leaf.steps.some(
    (_, index) =>
      optionalBetween(leaf, index + 1, leaf.steps.length) &&
      starts(index, activity).some((start) => within(leaf, start.occurredAt, activity.occurredAt)),
  );
}

/** With entries that came late: each step follows the newest entry, in the log's order, that came as far as the steps before. */
function newestWay(leaf: Sequence, activity: Activity, entries: readonly Activity[]): boolean {
  const startOf = (index: number, entry: Activity): number | null => {
    const step = leaf.steps[index]!;
    if (!isStep(step, entry)) return null;
    if (optionalBetween(leaf, 0, index)) return entry.occurredAt;
    const before = entries
      .filter(({ seq }) => seq < entry.seq)
      .flatMap((other) =>
        leaf.steps.flatMap((_, place) => {
          if (place >= index || !optionalBetween(leaf, place + 1, index)) return [];
          const start = startOf(place, other);
          return start === null ? [] : [{ other, start }];
        }),
      );
    const newest = before.sort((a, b) => a.other.seq - b.other.seq || a.start - b.start).at(-1);
    if (newest === undefined || !gapIsFine(leaf, newest.other, entry)) return null;
    return step.adjacent && newest.other.seq !== entry.seq - 1 ? null : newest.start;
  };
  return leaf.steps.some((_, index) => {
    if (!optionalBetween(leaf, index + 1, leaf.steps.length)) return false;
    const start = startOf(index, activity);
    return start !== null && within(leaf, start, activity.occurredAt);
  });
}
