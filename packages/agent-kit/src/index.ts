export { couldNotDecide, type Failure, failureError } from "./failure.js";
export { fence, fencesIn } from "./fence.js";
export { costUsd, type TokenPrices, tokenPricesSchema } from "./prices.js";
export {
  decisionPrompt,
  type ModelPrompt,
  type PromptOptions,
  replyPrompt,
  summaryPrompt,
} from "./prompts.js";
export { decisionAnswerSchema, readDecision } from "./read-decision.js";
export { toolAnswer } from "./tool-answer.js";
export { type ViewLimits, viewOf } from "./view.js";
