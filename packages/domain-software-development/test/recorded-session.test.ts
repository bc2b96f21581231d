import { expect, it } from "vitest";
import { relive } from "../../domain-kit/test/recorded-session.js";
import { softwareDevelopmentDomain } from "../src/index.js";

it("a pull request is accompanied as its README tells", async () => {
  const { kept, ...told } = await relive(
    new URL("fixtures/pull-request.jsonl", import.meta.url),
    softwareDevelopmentDomain({ agents: ["coder[bot]"] }),
    { blockersAt: [4_100, 41_000, 60_000, 300_000] },
  );
  expect(kept).not.toContain("inline");
  expect(told).toMatchInlineSnapshot(`
    {
      "blockers": {
        "300000": [
          "user_inactive low: The user has been silent for 1 d 14 h.",
        ],
        "4100": [
          "repeated_failure medium: test has failed 4 times in a row.",
        ],
        "41000": [
          "changes_requested low: A review asks for changes, and none has come.",
        ],
        "60000": [
          "dependency medium: It waits for blocked.",
          "changes_requested low: A review asks for changes, and none has come.",
        ],
      },
      "escalated": [
        "51000 trigger:software.review_loop: Reviews ask for changes again and again.",
      ],
      "events": 34,
      "fired": [
        "2820 software.tests_failing",
        "34210 software.review_overdue",
        "51000 software.review_loop",
        "52000 software.pr_blocked",
        "138400 software.pr_stale",
      ],
      "sent": [
        "2822 slack to worker: The tests of acme/shop#42 keep failing. Somebody should look at it.",
        "34210 slack to worker: acme/shop#42 has waited for its review for 8 hours.",
        "51002 slack to worker: Reviews of acme/shop#42 ask for changes again and again. A tech lead should decide.",
        "52002 dashboard to worker: acme/shop#42 is blocked.",
        "138400 slack to worker: acme/shop#42 has had no change and no review for 24 hours.",
      ],
      "uiActions": [],
    }
  `);
});
