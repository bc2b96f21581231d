import { sampleAgentInput } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { sampleNameAgentConfigSchema } from "../src/config.js";
import { descriptor, sampleNameAgent } from "../src/index.js";
import { decide, reply } from "../src/rules.js";

const settings = sampleNameAgentConfigSchema.parse({});
const error = { type: "error", data: { message: "failed" } };
const change = { type: "field_change", data: { fieldId: "iban" } };

it.each([
  ["nothing yet", [], "continue"],
  ["two errors", [error, error], "continue"],
  ["three errors in a row", [error, error, error], "escalate"],
  ["errors that are over", [error, error, error, change], "continue"],
  ["one field, again and again", [change, change, change], "prompt_user"],
])("decides on %s", (_, activities, action) => {
  expect(decide(sampleAgentInput(activities), settings).action).toBe(action);
});

it("hears who wants a human", () => {
  expect(reply("Can I talk to a person?")).toContain("colleague");
});

it("refuses a wrong configuration when it is made", () => {
  expect(() => sampleNameAgent({ errorsUntilHuman: 0 })).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  );
});

it("can be named in a configuration file", () => {
  expect(descriptor.create(descriptor.config.parse({})).name).toBe("sample-name");
});
