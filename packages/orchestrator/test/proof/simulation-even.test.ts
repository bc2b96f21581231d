import { it } from "vitest";
import { counts } from "./counts.js";
import { tellFigures } from "./figures.js";
import { runHistories, seedsFrom } from "./simulation/run.js";

it(`holds in every history with an even seed up to ${counts.histories}`, async () => {
  const startedAt = Date.now();
  const count = await runHistories(seedsFrom(2, counts.histories, 2));
  tellFigures("simulation, even seeds", `${count} histories`, startedAt);
}, 7_200_000);
