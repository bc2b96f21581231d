import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { counts } from "../counts.js";
import { tellFigures } from "../figures.js";
import { bundleScript, temporaryFolder } from "../processes/script.js";
import { KilledDatabase } from "./processes/killed.js";

/** A database is begun anew after so many kills, so that judging it all after each stays cheap. */
const killsPerDatabase = 5;

it(
  `keeps what is promised of people and agents when their processes are killed, ${counts.escalationKills} times`,
  async () => {
    const startedAt = Date.now();
    using folder = temporaryFolder();
    const worker = await bundleScript(new URL("processes/worker.ts", import.meta.url), folder.path);
    let claims = 0;
    for (let kill = 0; kill < counts.escalationKills; ) {
      using place = temporaryFolder();
      const database = new KilledDatabase(place.path, worker);
      for (let round = 0; round < killsPerDatabase && kill < counts.escalationKills; round += 1, kill += 1) {
        const workers = Array.from({ length: kill % 2 === 0 ? 2 : 1 }, (_, index) =>
          database.startWorker(kill * 10_000_000 + index * 1_000_000),
        );
        await Promise.all(workers.map(({ busy }) => busy));
        for (const { ended, kill: killNow } of workers) {
          await pause(Math.random() * 400);
          killNow();
          expect(await ended).toEqual([null, "SIGKILL"]);
        }
        expect(await database.recoverAndJudge()).toEqual([]);
      }
      claims += database.claims;
    }
    expect(claims).toBeGreaterThanOrEqual(counts.escalationKills);
    tellFigures("escalations, kill -9", `${counts.escalationKills} kills, ${claims} claims`, startedAt);
  },
  counts.escalationKills * 30_000,
);
