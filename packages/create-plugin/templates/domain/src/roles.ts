import type { Role } from "@hybrid-orchestrator/core";

export const roles: readonly Role[] = [
  { name: "assistant", kind: "ai", description: "Answers questions about the application." },
  { name: "case-worker", kind: "human", description: "Decides on applications.", skills: ["applications"] },
];
