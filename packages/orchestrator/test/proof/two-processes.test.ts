import { expect, it } from "vitest";
import { counts } from "./counts.js";
import { tellFigures } from "./figures.js";
import { ProvenDatabase } from "./processes/database.js";
import { bundleScript, temporaryFolder } from "./processes/script.js";

it(
  `keeps every promise when two processes share one file for ${counts.sharedSeconds} s`,
  async () => {
    const startedAt = Date.now();
    using folder = temporaryFolder();
    const worker = await bundleScript(new URL("processes/worker.ts", import.meta.url), folder.path);
    const database = new ProvenDatabase(folder.path, worker);
    const workers = [0, 1].map((index) =>
      database.startWorker({
        durability: "normal",
        firstInput: index * 1_000_000,
        pauseMs: 20,
        forMs: counts.sharedSeconds * 1_000,
      }),
    );
    for (const { ended } of workers) expect(await ended).toEqual([0, null]);
    expect(await database.recoverAndJudge()).toEqual([]);
    const { answers } = database;
    expect(answers).toBeGreaterThan(counts.sharedSeconds * 20);
    tellFigures("two processes", `${counts.sharedSeconds} s, ${answers} answers`, startedAt);
  },
  counts.sharedSeconds * 1_000 + 120_000,
);
