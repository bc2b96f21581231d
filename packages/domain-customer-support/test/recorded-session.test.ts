import { expect, it } from "vitest";
import { relive } from "../../domain-kit/test/recorded-session.js";
import { customerSupportDomain } from "../src/index.js";

it("a chat is accompanied as its README tells", async () => {
  const { kept, ...told } = await relive(
    new URL("fixtures/chat.jsonl", import.meta.url),
    customerSupportDomain(),
    { blockersAt: [140, 600, 12_000] },
  );
  expect(kept).not.toMatch(/4111 1111|hunter2/);
  expect(told).toMatchInlineSnapshot(`
    {
      "blockers": {
        "12000": [
          "user_inactive high: The user has been silent for 1 h 40 min.",
        ],
        "140": [
          "repeated_failure medium: It has failed 4 times in a row.",
          "negative_sentiment high: The customer is upset.",
        ],
        "600": [
          "dependency medium: It waits for billing.",
        ],
      },
      "escalated": [
        "99 trigger:support.not_understood: The AI does not understand the customer.",
        "130 trigger:support.sentiment_drop: The customer is upset.",
        "151 trigger:support.human_requested: The customer asks for a person.",
        "6001 trigger:support.reopened: The ticket was reopened again and again.",
        "6002 trigger:support.topic_out_of_scope: The topic is out of the AI's scope.",
      ],
      "events": 32,
      "fired": [
        "95 support.sentiment_falling",
        "99 support.not_understood",
        "130 support.sentiment_drop",
        "151 support.human_requested",
        "340 support.customer_waiting",
        "875 support.customer_inactive",
        "6001 support.reopened",
        "6002 support.topic_out_of_scope",
      ],
      "sent": [
        "95 dashboard to worker: T-5158: the customer's mood gets worse with each message.",
        "99 slack to worker: T-5158: the AI does not understand the customer.",
        "130 slack to worker: T-5158: the customer is upset.",
        "151 slack to worker: T-5158: the customer asks for a person.",
        "151 sms to user: Jemand aus unserem Team übernimmt. Sie müssen nichts wiederholen.",
        "340 slack to worker: T-5158: the customer waits for an answer.",
        "875 sms to user: Sind Sie noch da? Schreiben Sie uns, wenn Sie noch etwas brauchen.",
        "6001 slack to worker: T-5158 was reopened again. A supervisor should look at it.",
        "6002 slack to worker: T-5158: the topic is out of the AI's scope.",
        "6002 sms to user: Jemand aus unserem Team übernimmt. Sie müssen nichts wiederholen.",
      ],
      "uiActions": [],
    }
  `);
});
