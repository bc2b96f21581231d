/**
 * Seeds whose history once broke a promise, with what it was. They are always replayed. A change of the steps or of the
 * doubles gives a seed another history; the tests beside the mended code keep what they once found.
 */
export const regressions: readonly { readonly seed: number; readonly found: string }[] = [];
