import { domainSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { customerSupportDomain } from "../src/index.js";
import { comment, statusChange } from "./zendesk-events.js";

domainSuite({
  describe,
  it,
  expect,
  name: "customer support is a domain",
  namespace: "support",
  create: () => customerSupportDomain(),
  samples: {
    "support.events": [
      { type: "message", from: "customer", text: "Hi", sentiment: 0.4, at: "2024-12-31T10:00:00Z" },
      { type: "status", status: "open", previous: "solved", more: 1 },
    ],
    "support.zendesk": [comment(), statusChange],
  },
});
