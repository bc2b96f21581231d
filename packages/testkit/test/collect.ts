import type { SuiteRunner } from "../src/suite-runner.js";

export interface CollectedResult {
  /** Titles from the outermost `describe` to the `it`, joined by ` > `. */
  readonly name: string;
  /** What the test threw; null when it passed. */
  readonly error: unknown;
}

/**
 * Runs a suite outside any test runner and tells how each of its tests ended, so that a test can hold that the suite
 * fails where it must. Tests run one after another, in the order in which they were declared.
 */
export async function collect(
  declare: (runner: Pick<SuiteRunner, "describe" | "it">) => void,
): Promise<CollectedResult[]> {
  const titles: string[] = [];
  const tests: { name: string; body: () => void | Promise<void> }[] = [];
  declare({
    describe(name, body) {
      titles.push(name);
      body();
      titles.pop();
    },
    it(name, body) {
      tests.push({ name: [...titles, name].join(" > "), body });
    },
  });
  const results: CollectedResult[] = [];
  for (const { name, body } of tests) results.push({ name, error: await errorOf(body) });
  return results;
}

/** The names of the tests that failed. */
export function failures(results: readonly CollectedResult[]): string[] {
  return results.filter((result) => result.error !== null).map((result) => result.name);
}

async function errorOf(body: () => void | Promise<void>): Promise<unknown> {
  try {
    await body();
    return null;
  } catch (error) {
    return error ?? new Error("a test threw nothing");
  }
}
