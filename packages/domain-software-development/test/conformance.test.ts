import { readFileSync } from "node:fs";
import { parseJson } from "@hybrid-orchestrator/core";
import { domainSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { softwareDevelopmentDomain } from "../src/index.js";

const lines = readFileSync(new URL("fixtures/pull-request.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => parseJson(line) as { at: number; event: unknown });

domainSuite({
  describe,
  it,
  expect,
  name: "software development is a domain",
  namespace: "software",
  create: () => softwareDevelopmentDomain({ blockingLabels: ["blocked"] }),
  samples: { "software.github": [lines[1]?.event, [lines[2]?.event, lines[3]?.event]] },
});
