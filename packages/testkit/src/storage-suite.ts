import type { Storage, StorageCodec } from "@hybrid-orchestrator/core";
import { claimCases } from "./storage-claim-cases.js";
import { commitCases } from "./storage-commit-cases.js";
import { documentCases } from "./storage-document-cases.js";
import { escalationCases } from "./storage-escalation-cases.js";
import { eventCases } from "./storage-event-cases.js";
import { listingCases } from "./storage-listing-cases.js";
import { loadCases } from "./storage-load-cases.js";
import { lookupCases } from "./storage-lookup-cases.js";
import { persistenceCases } from "./storage-persistence-cases.js";
import { retentionCases } from "./storage-retention-cases.js";
import { valueCases } from "./storage-value-cases.js";
import type { Expect, SuiteRunner } from "./suite-runner.js";

export interface StorageSuiteOptions extends SuiteRunner {
  /** What is tested, for the titles. */
  readonly name: string;
  /** Makes an empty database of its own for one test. */
  create(): Promise<TestDatabase>;
  /**
   * Whether several handles share one database, and a handle that is opened later finds what an earlier one left.
   * Default: yes. A storage in memory says no, and is spared the tests that need it.
   */
  readonly persistent?: boolean;
}

/** One database. The suite opens and closes the handles, and calls `dispose` when all are closed. */
export interface TestDatabase {
  /** A new handle, not yet opened. */
  connect(options: { readonly codec?: StorageCodec }): Storage;
  dispose(): Promise<void>;
}

/** What a group of tests is declared with. */
export interface StorageCases {
  describe(name: string, body: () => void): void;
  test(name: string, body: (subject: StorageSubject) => Promise<void>): void;
  readonly expect: Expect;
}

/** What one test works on: a database of its own. */
interface StorageSubject {
  /** An open handle. */
  readonly storage: Storage;
  /** Opens another handle. */
  connect(options?: { readonly codec?: StorageCodec }): Promise<Storage>;
}

/**
 * Declares the tests that every storage passes. They say what the contract in `Storage` means.
 *
 * @example
 * storageSuite({ describe, it, expect, name: "acme", create: async () => ({ connect, dispose }) });
 */
export function storageSuite({
  describe,
  it,
  expect,
  name,
  create,
  persistent = true,
}: StorageSuiteOptions): void {
  const cases: StorageCases = {
    describe,
    expect,
    test: (title, body) => it(title, () => withDatabase(create, body)),
  };
  describe(`${name}: storage contract`, () => {
    commitCases(cases);
    documentCases(cases);
    loadCases(cases);
    escalationCases(cases);
    lookupCases(cases);
    listingCases(cases);
    eventCases(cases);
    claimCases(cases);
    retentionCases(cases);
    valueCases(cases);
    if (persistent) persistenceCases(cases);
  });
}

async function withDatabase(
  create: () => Promise<TestDatabase>,
  body: (subject: StorageSubject) => Promise<void>,
): Promise<void> {
  const database = await create();
  const handles: Storage[] = [];
  const connect = async (options: { readonly codec?: StorageCodec } = {}) => {
    const handle = database.connect(options);
    handles.push(handle);
    await handle.open();
    return handle;
  };
  try {
    await body({ storage: await connect(), connect });
  } finally {
    for (const handle of handles) await handle.close();
    await database.dispose();
  }
}
