import type { Role } from "@hybrid-orchestrator/core";

/** Source: the paper's example of this domain. */
export const roles: readonly Role[] = [
  { name: "support.frontline_ai", kind: "ai", description: "Answers first.", skills: ["faq"] },
  {
    name: "support.specialist",
    kind: "human",
    description: "Answers what needs a person.",
    skills: ["product"],
  },
  {
    name: "support.supervisor",
    kind: "human",
    description: "Decides on complaints.",
    skills: ["complaints"],
  },
];
