import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { counts } from "./counts.js";
import { tellFigures } from "./figures.js";
import { ProvenDatabase } from "./processes/database.js";
import { bundleScript, temporaryFolder } from "./processes/script.js";

/** A database is begun anew after so many kills, so that judging it all after each stays cheap. */
const killsPerDatabase = 5;

it(
  `keeps every promise when its process is killed at a random moment, ${counts.kills} times`,
  async () => {
    const startedAt = Date.now();
    using folder = temporaryFolder();
    const worker = await bundleScript(new URL("processes/worker.ts", import.meta.url), folder.path);
    let answers = 0;
    for (let kill = 0; kill < counts.kills; ) {
      using place = temporaryFolder();
      const database = new ProvenDatabase(place.path, worker);
      for (let round = 0; round < killsPerDatabase && kill < counts.kills; round += 1, kill += 1) {
        const workers = Array.from({ length: kill % 4 === 3 ? 2 : 1 }, (_, index) =>
          database.startWorker({
            durability: kill % 2 === 0 ? "full" : "normal",
            firstInput: kill * 10_000_000 + index * 1_000_000,
            pauseMs: 0,
            forMs: null,
          }),
        );
        // Some are killed while they start; of two, one lives on for a while.
        if (kill % 4 !== 1) await Promise.all(workers.map(({ answered }) => answered));
        for (const { ended, kill: killNow } of workers) {
          await pause(Math.random() * 200);
          killNow();
          expect(await ended).toEqual([null, "SIGKILL"]);
        }
        expect(await database.recoverAndJudge()).toEqual([]);
      }
      answers += database.answers;
    }
    // At full load there is more than one answer to lose.
    expect(answers).toBeGreaterThan(counts.kills * 10);
    tellFigures("kill -9", `${counts.kills} kills, ${answers} answers`, startedAt);
  },
  counts.kills * 12_000,
);
