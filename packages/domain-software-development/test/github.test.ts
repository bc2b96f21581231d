import { createRequire } from "node:module";
import { type NewActivity, newActivitySchema } from "@hybrid-orchestrator/core";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { parseGitHub } from "../src/github.js";
import { softwareDevelopmentDomainConfigSchema } from "../src/index.js";

// Payloads that GitHub has sent, collected by the Octokit project (MIT).
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}[];
const settings = softwareDevelopmentDomainConfigSchema.parse({
  checks: ["check_run", "check_suite", "workflow_run"],
});
const parse = parseGitHub(settings)(virtualClock());

it("reads every payload that GitHub is known to send, by its members as by its name", () => {
  const found = new Map<string, number>();
  for (const { name, examples: payloads } of examples)
    for (const payload of payloads) {
      const activities: readonly NewActivity[] = parse({ event: name, payload });
      for (const activity of activities) {
        expect(newActivitySchema.safeParse(activity).success).toBe(true);
        found.set(activity.type, (found.get(activity.type) ?? 0) + 1);
      }
      if (activities.length > 0) expect(parse(payload)).toEqual(activities);
    }
  expect([...found.keys()].sort()).toEqual(
    expect.arrayContaining(["check_passed", "pull_request_opened", "pull_request_updated"]),
  );
});

it.each([
  null,
  "text",
  3,
  {},
  { event: "pull_request" },
  { event: "pull_request", payload: { action: "opened" } },
])("refuses %j", (input) =>
  expect(() => parse(input)).toThrow(expect.objectContaining({ code: "invalid_argument" })),
);

it("keeps no secret that somebody wrote into a title", () => {
  const pull = {
    number: 1,
    title: "use ghp_0123456789abcdefABCDEF0123456789abcd",
    html_url: "u",
    state: "open",
  };
  const [activity] = parse({
    event: "pull_request",
    payload: { action: "opened", pull_request: pull, repository: { full_name: "a/b" } },
  });
  expect(activity?.data).toMatchObject({ title: "use ••••", pullRequest: "a/b#1", stage: "in_review" });
});
