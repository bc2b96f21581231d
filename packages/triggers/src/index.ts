export type { Explanation } from "./explain.js";
export { parseTrigger } from "./parse/parse-trigger.js";
export { type ParsedTriggers, type ParseTriggersOptions, parseTriggers } from "./parse/parse-triggers.js";
export {
  createRuleSet,
  type Evaluation,
  type EvaluationMoment,
  type Match,
  type RuleSet,
  type RuleSetOptions,
  type TrackerSource,
  type Trackers,
} from "./rule-set.js";
