import { domainSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { sampleNameDomain } from "../src/index.js";
import { samples } from "./samples.js";

domainSuite({
  describe,
  it,
  expect,
  name: "the sample-name domain is a domain",
  create: () => sampleNameDomain(),
  samples: { "sample-name": samples },
});
