import { checkTemplate } from "@hybrid-orchestrator/channel-hub";
import { type LocalizedText, OrchestratorError, type Trigger } from "@hybrid-orchestrator/core";
import { actionsOf } from "../decide/firings.js";
import { wantsResumeLink } from "../decide/variables.js";

/** @throws OrchestratorError `invalid_trigger` for a message template that could not be rendered later */
export function checkTriggerTexts(trigger: Trigger, hasResumeUrl: boolean): void {
  actionsOf(trigger).forEach((action, index) => {
    if (action.type !== "send" || action.message === undefined) return;
    const problem = textProblem(action.message, hasResumeUrl);
    if (problem === null) return;
    throw new OrchestratorError(
      "invalid_trigger",
      `Trigger ${trigger.name} has a message that cannot be rendered: ${problem}`,
      {
        issues: [{ path: ["action", index, "message"], message: problem }],
      },
    );
  });
}

/** What is wrong with a template, or null. */
export function textProblem(text: LocalizedText, hasResumeUrl: boolean): string | null {
  const [issue] = checkTemplate(text);
  if (issue !== undefined) return issue.message;
  if (wantsResumeLink(text) && !hasResumeUrl)
    return "{resumeLink} needs the orchestrator's option resumeUrl.";
  return null;
}
