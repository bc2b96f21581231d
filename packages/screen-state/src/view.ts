import { isPrivateText, type Json, OrchestratorError } from "@hybrid-orchestrator/core";
import type { ShownValues } from "./compare.js";
import type { Form, Page } from "./form.js";
import { holds, type Place, placeOf } from "./place.js";
import { isPrivateField } from "./private.js";
import { missingFields, type Progress, progressOf } from "./progress.js";
import { type FieldState, isFilled, type ScreenState } from "./state.js";

export interface ViewOptions {
  readonly now: number;
  /** A state as old as this is stale. Default: 10,000. */
  readonly staleAfterMs?: number;
  /** Which values are shown. Default: masked. */
  readonly values?: ShownValues;
  /** Fields of the current page, where that is known, or all. Default: page. */
  readonly scope?: "page" | "all";
  /** Changes later than this are listed, e.g. when an agent last looked. Default: a minute ago. */
  readonly changedSince?: number;
}

/** The screen as others may see it. JSON, but for `undefined`, which is left out. */
export interface ScreenView {
  /** Nothing was ever heard of it. */
  readonly known: boolean;
  /** Null: none of the form's pages. */
  readonly page: {
    readonly name: string;
    readonly title: string;
    readonly number: number;
    readonly of: number;
    readonly by: Place["by"];
  } | null;
  /** As the client last called it; null where fields say that this is out of date. */
  readonly screen: string | null;
  readonly step: string | number | null;
  readonly updatedAt: number | null;
  readonly ageMs: number | null;
  readonly stale: boolean;
  readonly fields: readonly FieldView[];
  readonly focus: FieldName | null;
  /** Newest first. */
  readonly changed: readonly FieldName[];
  readonly changedSince: number;
  /** Required on this page, and empty or never seen. */
  readonly missing: readonly FieldName[];
  readonly progress: Progress;
}

export interface FieldName {
  readonly id: string;
  readonly label: string;
}

export interface FieldView extends FieldName {
  /** Null: nobody said what is in it. */
  readonly filled: boolean | null;
  readonly private: boolean;
  /** Absent where it is private, not known, or not to be shown. */
  readonly value?: Json;
  /** The value's beginning is all there is. */
  readonly cut?: true;
  /** What the user is told about it; an empty text where that is not known or not to be shown. */
  readonly error?: string;
}

/** @throws OrchestratorError `invalid_argument` */
export function viewScreen(form: Form, state: ScreenState, options: ViewOptions): ScreenView {
  const { now, staleAfterMs = 10_000, values = "masked", scope = "page" } = options;
  if (!Number.isFinite(now) || !(staleAfterMs >= 0)) {
    throw new OrchestratorError(
      "invalid_argument",
      "viewScreen needs now in milliseconds, and a staleAfterMs that is not negative.",
    );
  }
  const changedSince = options.changedSince ?? now - 60_000;
  const place = placeOf(form, state);
  const page = place?.page ?? null;
  const ageMs = state.updatedAt === null ? null : Math.max(0, now - state.updatedAt);
  const nameOf = (id: string): FieldName => ({ id, label: form.field(id).label });
  return {
    known: state.updatedAt !== null,
    page: place && viewPage(form, place),
    screen: place?.screenIsStale ? null : (state.screen?.name ?? null),
    step: state.step?.name ?? null,
    updatedAt: state.updatedAt,
    ageMs,
    stale: ageMs === null || ageMs >= staleAfterMs,
    fields: (scope === "all" ? state.fields : fieldsOn(page, state)).map((field) =>
      viewField(form, field, values),
    ),
    focus: state.focus?.id ? nameOf(state.focus.id) : null,
    changed: state.fields
      .filter(({ changedAt }) => changedAt !== null && changedAt > changedSince)
      .sort((a, b) => (b.changedAt ?? 0) - (a.changedAt ?? 0))
      .map(({ id }) => nameOf(id)),
    changedSince,
    missing: missingFields(form, state, page).map(nameOf),
    progress: progressOf(form, state),
  };
}

function viewPage({ pages }: Form, { page, by }: Place): ScreenView["page"] {
  return { name: page.name, title: page.title, number: pages.indexOf(page) + 1, of: pages.length, by };
}

/** The page's fields, and what else the newest snapshot saw if it was of this page. */
function fieldsOn(page: Page | null, { fields, onScreen }: ScreenState): readonly FieldState[] {
  if (page === null) return fields;
  const visible = new Set(onScreen?.ids.some((id) => holds(page, id)) ? onScreen.ids : []);
  return fields.filter(({ id }) => holds(page, id) || visible.has(id));
}

function viewField(form: Form, field: FieldState, values: ShownValues): FieldView {
  const { id, value, hash, sensitive, error } = field;
  const info = form.field(id);
  const isPrivate = isPrivateField(id, info, value) || (info.private === undefined && sensitive === true);
  const shown = values === "plain" || (values === "masked" && !isPrivate);
  return {
    id,
    label: info.label,
    filled: isFilled(field, info),
    private: isPrivate,
    ...(shown && value !== undefined ? { value, ...(hash === undefined ? {} : { cut: true as const }) } : {}),
    ...(error === undefined
      ? {}
      : { error: shown && (values === "plain" || !isPrivateText(error)) ? error : "" }),
  };
}
