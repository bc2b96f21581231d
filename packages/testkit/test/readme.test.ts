import { expect, it } from "vitest";
import * as testkit from "../src/index.js";
import { collect, failures } from "./collect.js";
import { runReadme } from "./readme.js";

it("does what its README says", async () => {
  let printed: string[] = [];
  let declared: Promise<void> = Promise.resolve();
  const results = await collect((runner) => {
    // The suite's tests are declared by the first synchronous part of the example.
    declared = runReadme(new URL("../README.md", import.meta.url), {
      "@hybrid-orchestrator/testkit": testkit,
      vitest: { ...runner, expect },
    }).then((lines) => {
      printed = lines;
    });
  });
  await declared;
  expect(results.length).toBeGreaterThan(8);
  expect(failures(results)).toEqual([]);
  expect(printed).toEqual(["reminded at 2025-01-01T00:01:00.000Z"]);
});
