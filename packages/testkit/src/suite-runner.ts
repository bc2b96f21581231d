/**
 * What a suite needs of a test runner: Vitest and Jest have all of it, and so do Mocha or `node:test` together with an
 * `expect` of one's own. No test runner is imported here, so none is forced on the caller.
 */
export interface SuiteRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => void | Promise<void>): void;
  expect: Expect;
}

/** `message` says what was expected, for runners that print it. */
export type Expect = (actual: unknown, message?: string) => Expectation;

export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
}
