import type { Role } from "@hybrid-orchestrator/core";

/** Source: the paper's example of this domain. */
export const roles: readonly Role[] = [
  {
    name: "software.coding_agent",
    kind: "ai",
    description: "Writes code and mends tests.",
    skills: ["code"],
  },
  { name: "software.code_reviewer", kind: "human", description: "Reviews changes.", skills: ["review"] },
  {
    name: "software.tech_lead",
    kind: "human",
    description: "Decides where author and reviewer do not agree.",
    skills: ["review", "architecture"],
  },
];
