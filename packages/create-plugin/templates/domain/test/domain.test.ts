import { sampleActivity, sampleSession } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { detectRejections } from "../src/detector.js";
import { descriptor, sampleNameDomain } from "../src/index.js";
import { parseRecords } from "../src/parser.js";
import { samples } from "./samples.js";

it("reads the records of the application system in their order, and leaves out what it does not know", () => {
  expect(parseRecords([samples[1], { event: "unknown" }, null].flat())).toEqual([
    {
      type: "document_uploaded",
      actor: "user",
      data: { document: "passport.pdf" },
      occurredAt: Date.UTC(2025, 0, 1, 10, 5),
    },
    {
      type: "document_rejected",
      actor: "system",
      data: { document: "passport.pdf" },
      occurredAt: Date.UTC(2025, 0, 1, 10, 6, 30),
    },
  ]);
});

it.each([
  [0, []],
  [1, ["medium"]],
  [2, ["high"]],
])("sees in %i rejections blockers of severity %j", (count, severities) => {
  const activities = Array.from({ length: count }, (_, index) =>
    sampleActivity({ seq: index + 1, type: "document_rejected" }),
  );
  const blockers = detectRejections({ session: sampleSession(), activities, now: 0 });
  expect(blockers.map(({ severity }) => severity)).toEqual(severities);
});

it("refuses a wrong configuration when it is made", () => {
  expect(() => sampleNameDomain({ silenceSeconds: 0 })).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  );
});

it("can be named in a configuration file", () => {
  expect(descriptor.create(descriptor.config.parse({})).name).toBe("sample-name");
});
