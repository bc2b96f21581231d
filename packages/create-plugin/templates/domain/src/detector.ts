import type { BlockerDetector } from "@hybrid-orchestrator/core";

/** What keeps an application from going on: that its documents are rejected again and again. */
export const detectRejections: BlockerDetector = ({ activities }) => {
  const rejections = activities.filter(({ type }) => type === "document_rejected").length;
  if (rejections === 0) return [];
  return [
    {
      kind: "repeated_failure",
      severity: rejections > 1 ? "high" : "medium",
      description: `Documents were rejected (${rejections}).`,
    },
  ];
};
