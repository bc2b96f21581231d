import { compileGlob, isGlob } from "@hybrid-orchestrator/core";
import type { Form, Page } from "./form.js";
import { isFilled, type ScreenState } from "./state.js";

export interface Progress {
  /** Required fields of all pages, as far as they are known. */
  readonly required: number;
  readonly filled: number;
}

/** The required fields of a page that are known to be empty, or were never seen. In the page's order. */
export function missingFields(form: Form, state: ScreenState, page: Page | null): string[] {
  const isMissing = missingIn(form, state);
  const { onScreen } = state;
  const ids = [...(page === null ? [] : requiredOf(page, state)), ...(onScreen?.required ?? [])];
  return [...new Set(ids)].filter(isMissing);
}

export function progressOf(form: Form, state: ScreenState): Progress {
  const isMissing = missingIn(form, state);
  const ids = [
    ...new Set([
      ...form.pages.flatMap((page) => requiredOf(page, state)),
      ...(state.onScreen?.required ?? []),
    ]),
  ];
  return { required: ids.length, filled: ids.filter((id) => !isMissing(id)).length };
}

function missingIn(form: Form, state: ScreenState): (id: string) => boolean {
  const fields = new Map(state.fields.map((field) => [field.id, field]));
  return (id) => {
    const field = fields.get(id);
    if (field === undefined) return true;
    // A field that changed without saying to what was filled in, as far as anybody knows.
    return !(isFilled(field, form.field(id)) ?? field.changes > 0);
  };
}

function requiredOf({ required }: Page, { fields }: ScreenState): string[] {
  return required.flatMap((pattern) => {
    if (!isGlob(pattern)) return [pattern];
    const matches = compileGlob(pattern);
    return fields.map(({ id }) => id).filter(matches);
  });
}
