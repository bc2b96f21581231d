import type { FieldPattern, Form, Page } from "./form.js";
import { stateOf } from "./reduce.js";
import type { FormSnapshot } from "./snapshot.js";
import type { ScreenState } from "./state.js";

/** Where the user is. */
export interface Place {
  readonly page: Page;
  /** What says so: the screen's name, or the ids of the fields. */
  readonly by: "screen" | "fields";
  /** The screen's name says another page, and the fields seen since say that it is out of date. */
  readonly screenIsStale: boolean;
}

/** Which of the form's pages a snapshot shows; null where none fits. */
export function placeOfSnapshot(form: Form, snapshot: FormSnapshot): Place | null {
  return placeOf(form, stateOf(snapshot));
}

/**
 * Which of the form's pages the user is on: the one that the screen's name says, unless fields seen later are another
 * page's; without a name that says one, the page that fits the fields seen since. Null where none does.
 */
export function placeOf(form: Form, state: ScreenState): Place | null {
  const { screen } = state;
  const named = screen === null ? null : pageNamed(form, screen.name);
  if (screen === null || named === null) {
    const since = screen?.at ?? Number.NEGATIVE_INFINITY;
    const page = pageWith(
      form,
      evidence(form, state, (at) => at >= since),
    );
    return page && { page, by: "fields", screenIsStale: false };
  }
  const ids = evidence(form, state, (at) => at > screen.at);
  const page = ids.length === 0 || holdsMost(named, ids) ? named : (pageWith(form, ids) ?? named);
  return page === named
    ? { page, by: "screen", screenIsStale: false }
    : { page, by: "fields", screenIsStale: true };
}

function pageNamed({ pages }: Form, screen: string): Page | null {
  return pages.find(({ name }) => name === screen) ?? pages.find(({ isScreen }) => isScreen(screen)) ?? null;
}

/**
 * The page that more than half of the fields are on. Of several, the one with the most of them; then with the most by
 * exact id; then with the fewest fields of its own that are not among them; then the first in order.
 */
function pageWith({ pages }: Form, ids: readonly string[]): Page | null {
  const [best] = pages
    .filter((page) => holdsMost(page, ids))
    .map((page) => ({ page, fit: fitOf(page, ids) }))
    .sort((a, b) => b.fit.held - a.fit.held || b.fit.exact - a.fit.exact || a.fit.missing - b.fit.missing);
  return best?.page ?? null;
}

function holdsMost(page: Page, ids: readonly string[]): boolean {
  return ids.filter((id) => holds(page, id)).length * 2 > ids.length;
}

function fitOf(page: Page, ids: readonly string[]) {
  const isSeen = ({ matches }: FieldPattern) => ids.some(matches);
  return {
    held: ids.filter((id) => holds(page, id)).length,
    exact: page.fields.filter((pattern) => pattern.exact && isSeen(pattern)).length,
    missing: page.fields.filter((pattern) => !isSeen(pattern)).length,
  };
}

export function holds({ fields }: Page, id: string): boolean {
  return fields.some(({ matches }) => matches(id));
}

/** The fields that tell where the user is: the newest snapshot's, or what was touched since, if that is elsewhere. */
function evidence(form: Form, state: ScreenState, isRecent: (at: number) => boolean): readonly string[] {
  const { onScreen } = state;
  const touched = touchedFields(state).filter(({ at }) => isRecent(at));
  if (onScreen === null || !isRecent(onScreen.at)) return run(form, touched);
  const visible = new Set(onScreen.ids);
  const elsewhere = run(
    form,
    touched.filter(({ id, at }) => at > onScreen.at && !visible.has(id)),
  );
  return elsewhere.length > 0 ? elsewhere : onScreen.ids;
}

interface Touched {
  readonly id: string;
  readonly at: number;
}

/** Newest first. */
function touchedFields({ fields, focus }: ScreenState): Touched[] {
  const changed = fields.flatMap(({ id, changedAt }) => (changedAt === null ? [] : [{ id, at: changedAt }]));
  const focused = focus === null || focus.id === null ? [] : [{ id: focus.id, at: focus.at }];
  return [...changed, ...focused].reverse().sort((a, b) => b.at - a.at);
}

/** The latest touched fields, as far back as one page can hold them all. Fields of no page tell nothing. */
function run({ pages }: Form, touched: readonly Touched[]): string[] {
  const ids = new Set<string>();
  let candidates = pages;
  for (const { id } of touched) {
    if (!pages.some((page) => holds(page, id))) continue;
    const left = candidates.filter((page) => holds(page, id));
    if (left.length === 0) break;
    candidates = left;
    ids.add(id);
  }
  return [...ids];
}
