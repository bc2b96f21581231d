import type { TriggerInput } from "@hybrid-orchestrator/core";
import { rule } from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** The domain's triggers, those of the paper among them: `sentiment_drop`, `topic_out_of_scope`. */
export function triggersFor({ rules }: Settings): readonly TriggerInput[] {
  const team = { type: "send", to: "worker", need: "support.team", urgency: "high" } as const;
  const colleague = {
    type: "send",
    need: "support.customer",
    message: {
      default: "A colleague takes over. You need not repeat anything.",
      de: "Jemand aus unserem Team übernimmt. Sie müssen nichts wiederholen.",
    },
  } as const;
  return [
    ...rule(rules.sentiment_drop, {
      name: "support.sentiment_drop",
      description: "The customer is upset.",
      condition: { type: "score_below", metric: "sentiment", threshold: rules.sentiment_drop.threshold },
      severity: "high",
      action: [
        { type: "escalate", reason: "The customer is upset." },
        {
          ...team,
          message: {
            default: "{reference}: the customer is upset.",
            de: "{reference}: Der Kunde ist verärgert.",
          },
        },
      ],
    }),
    ...rule(rules.sentiment_falling, {
      name: "support.sentiment_falling",
      description: "The customer's mood gets worse with each message.",
      condition: {
        type: "trend",
        metric: "sentiment",
        direction: "falling",
        times: rules.sentiment_falling.times,
      },
      severity: "low",
      action: {
        ...team,
        need: "support.overview",
        urgency: "low",
        message: {
          default: "{reference}: the customer's mood gets worse with each message.",
          de: "{reference}: Die Stimmung wird mit jeder Nachricht schlechter.",
        },
      },
    }),
    ...rule(rules.topic_out_of_scope, {
      name: "support.topic_out_of_scope",
      description: "It is about something that the AI must not answer.",
      condition: { type: "classified", label: rules.topic_out_of_scope.label },
      action: [
        { type: "escalate", reason: "The topic is out of the AI's scope." },
        colleague,
        {
          ...team,
          message: {
            default: "{reference}: the topic is out of the AI's scope.",
            de: "{reference}: Das Thema liegt außerhalb dessen, was die KI beantwortet.",
          },
        },
      ],
    }),
    ...rule(rules.human_requested, {
      name: "support.human_requested",
      description: "The customer asks for a person.",
      condition: { type: "classified", label: rules.human_requested.label },
      action: [
        { type: "escalate", reason: "The customer asks for a person." },
        colleague,
        {
          ...team,
          message: {
            default: "{reference}: the customer asks for a person.",
            de: "{reference}: Der Kunde möchte mit einem Menschen sprechen.",
          },
        },
      ],
    }),
    ...rule(rules.not_understood, {
      name: "support.not_understood",
      description: "The AI goes round in circles.",
      condition: {
        type: "rate",
        activity: "not_understood",
        times: rules.not_understood.times,
        withinSeconds: rules.not_understood.withinSeconds,
      },
      action: [
        { type: "escalate", reason: "The AI does not understand the customer." },
        {
          ...team,
          message: {
            default: "{reference}: the AI does not understand the customer.",
            de: "{reference}: Die KI versteht den Kunden nicht.",
          },
        },
      ],
    }),
    ...rule(rules.customer_waiting, {
      name: "support.customer_waiting",
      description: "The customer has written, and nobody has answered.",
      condition: {
        type: "absence_after",
        step: { activity: "message" },
        without: { activity: "*_reply" },
        seconds: rules.customer_waiting.seconds,
      },
      maxFires: 5,
      action: {
        ...team,
        message: {
          default: "{reference}: the customer waits for an answer.",
          de: "{reference}: Der Kunde wartet auf eine Antwort.",
        },
      },
    }),
    ...rule(rules.customer_inactive, {
      name: "support.customer_inactive",
      description: "We have answered, and nothing has come back.",
      condition: {
        type: "absence_after",
        step: { activity: "*_reply" },
        without: { activity: "message" },
        seconds: rules.customer_inactive.seconds,
      },
      action: {
        type: "send",
        need: "support.customer",
        message: {
          default: "Are you still there? Write to us when you need anything else.",
          de: "Sind Sie noch da? Schreiben Sie uns, wenn Sie noch etwas brauchen.",
        },
      },
    }),
    ...rule(rules.reopened, {
      name: "support.reopened",
      description: "What was solved was not.",
      condition: {
        type: "rate",
        activity: "ticket_reopened",
        times: rules.reopened.times,
        withinSeconds: rules.reopened.withinSeconds,
      },
      action: [
        { type: "escalate", reason: "The ticket was reopened again and again." },
        {
          ...team,
          message: {
            default: "{reference} was reopened again. A supervisor should look at it.",
            de: "{reference} wurde wieder geöffnet. Eine leitende Person sollte es ansehen.",
          },
        },
      ],
    }),
  ];
}
