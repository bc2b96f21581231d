import { domainSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { financialServicesDomain } from "../src/index.js";

domainSuite({
  describe,
  it,
  expect,
  name: "financial services are a domain",
  namespace: "financial",
  create: () => financialServicesDomain(),
  samples: {
    "financial.form_events": [
      { type: "field_change", fieldId: "zip", value: "94110", at: "2024-12-31T10:00:00Z" },
      [
        { type: "step_reached", step: "identity" },
        { type: "compliance_flag", flag: "age" },
      ],
      { events: [{ type: "document_uploaded", document: "payslip", unknown: true }] },
    ],
  },
});
