import type { Role } from "@hybrid-orchestrator/core";

/** Source: the paper's example of this domain. */
export const roles: readonly Role[] = [
  {
    name: "financial.voice_guide",
    kind: "ai",
    description: "Leads applicants through the form on the telephone.",
    skills: ["forms", "guidance"],
  },
  {
    name: "financial.compliance_reviewer",
    kind: "human",
    description: "Decides what the law leaves to a person.",
    skills: ["compliance", "identity"],
  },
  {
    name: "financial.supervisor",
    kind: "human",
    description: "Takes over where the others do not get on.",
    skills: ["forms", "complaints"],
  },
];
