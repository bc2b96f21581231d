import type { TriggerInput } from "@hybrid-orchestrator/core";
import { rule, spellDuration } from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** The domain's triggers, those of the paper among them: `tests_failing`, `pr_stale`. */
export function triggersFor({ rules }: Settings): readonly TriggerInput[] {
  const { tests_failing, pr_stale, review_overdue, review_loop, pr_blocked } = rules;
  const team = { type: "send", to: "worker", need: "software.team" } as const;
  return [
    ...rule(tests_failing, {
      name: "software.tests_failing",
      description: "Tests have failed again and again.",
      condition: {
        type: "repeated_error",
        activity: "check_failed",
        times: tests_failing.times,
        withinSeconds: tests_failing.withinSeconds,
      },
      maxFires: 3,
      action: {
        ...team,
        urgency: "high",
        message: {
          default: "The tests of {reference} keep failing. Somebody should look at it.",
          de: "Die Tests von {reference} schlagen immer wieder fehl. Bitte ansehen.",
        },
      },
    }),
    ...rule(pr_stale, {
      name: "software.pr_stale",
      description: "Nobody has changed or reviewed an open pull request.",
      condition: {
        type: "absence_after",
        step: { activity: "pull_request_*", data: { open: true, draft: false } },
        without: { activity: "pull_request_*" },
        seconds: pr_stale.seconds,
      },
      maxFires: 5,
      action: {
        ...team,
        message: {
          default: `{reference} has had no change and no review for ${spellDuration(pr_stale.seconds, "en")}.`,
          de: `{reference}: seit ${spellDuration(pr_stale.seconds, "de")} keine Änderung und kein Review.`,
        },
      },
    }),
    ...rule(review_overdue, {
      name: "software.review_overdue",
      description: "A review was asked for, and none has come.",
      condition: {
        type: "absence_after",
        step: { activity: "pull_request_review_requested" },
        without: { activity: "pull_request_reviewed*" },
        seconds: review_overdue.seconds,
      },
      maxFires: 3,
      action: {
        ...team,
        message: {
          default: `{reference} has waited for its review for ${spellDuration(review_overdue.seconds, "en")}.`,
          de: `{reference} wartet seit ${spellDuration(review_overdue.seconds, "de")} auf ein Review.`,
        },
      },
    }),
    ...rule(review_loop, {
      name: "software.review_loop",
      description: "Changes were asked for again and again.",
      condition: {
        type: "rate",
        activity: "pull_request_reviewed.changes_requested",
        times: review_loop.times,
        withinSeconds: review_loop.withinSeconds,
      },
      severity: "high",
      action: [
        { type: "escalate", reason: "Reviews ask for changes again and again." },
        {
          ...team,
          message: {
            default: "Reviews of {reference} ask for changes again and again. A tech lead should decide.",
            de: "Reviews von {reference} verlangen immer wieder Änderungen. Ein Tech Lead sollte entscheiden.",
          },
        },
      ],
    }),
    ...rule(pr_blocked, {
      name: "software.pr_blocked",
      description: "A pull request waits for something else.",
      condition: { type: "rate", activity: "pull_request_blocked", times: 1, withinSeconds: 60 },
      severity: "low",
      action: {
        ...team,
        need: "software.overview",
        urgency: "low",
        message: { default: "{reference} is blocked.", de: "{reference} ist blockiert." },
      },
    }),
  ];
}
