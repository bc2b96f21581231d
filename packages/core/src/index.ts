export { type Clock, type Sleeper, systemClock } from "./clock.js";
export {
  type ErrorCode,
  errorCodes,
  errorMessage,
  type Issue,
  OrchestratorError,
  type OrchestratorErrorOptions,
} from "./errors.js";
export type {
  DeliveryEventData,
  DurableEventName,
  DurableEvents,
  EscalationEventData,
  EventListener,
  EventMap,
  EventName,
  KillSwitchEventData,
  NewEvent,
  OrchestratorEvent,
  StoredEvent,
  ToolEventData,
  TransientEvents,
} from "./events.js";
export { compileGlob, isGlob, type Matcher } from "./glob.js";
export { createId, createToken, hashParts, hashToken, isToken } from "./ids.js";
export {
  type Json,
  type JsonLimits,
  type JsonObject,
  type JsonPrimitive,
  jsonBytes,
  parseJson,
  toJson,
  toJsonObject,
} from "./json.js";
export { canonicalText, hashJson, sameJson } from "./json-compare.js";
export { type Logger, silentLogger } from "./logger.js";
export { maskJson, maskPrivate, maskText } from "./mask.js";
export { mergePatch } from "./merge-patch.js";
export { suggestName } from "./nearest.js";
export {
  type Agent,
  type AgentInput,
  type AgentOptions,
  type AgentUsage,
  agentUsageSchema,
} from "./plugin/agent.js";
export type {
  Channel,
  ChannelCapabilities,
  ChannelHealth,
  InboundMessage,
  OutboundMessage,
  Received,
  SendOptions,
  SendResult,
  UpdateOptions,
} from "./plugin/channel.js";
export {
  channelCapabilitiesSchema,
  inboundMessageSchema,
  maxInboundTextLength,
  sendResultSchema,
} from "./plugin/channel-schema.js";
export type {
  ActivityParser,
  BlockerDetector,
  Plugin,
  PluginDescriptor,
  PluginHost,
  Role,
  Route,
  StorageDescriptor,
} from "./plugin/plugin.js";
export type { PluginSessions } from "./plugin/sessions.js";
export type { OfferedTool, Tool, ToolContext, ToolResult } from "./plugin/tool.js";
export { isPrivateName, isPrivateText, isPrivateValue } from "./private.js";
export type { StandardSchemaV1 } from "./standard-schema.js";
export type * from "./storage.js";
export { isStorableText, storableText } from "./text.js";
export { untilAborted } from "./until-aborted.js";
export { formatPath, parseStandard, parseWith } from "./validate.js";
export {
  type Activity,
  fieldIdOf,
  logEntry,
  type MetadataChangedData,
  type NewActivity,
  newActivitySchema,
  type OwnerChangedData,
  type StatusChangedData,
} from "./vocabulary/activity.js";
export { type Blocker, blockerSchema, type Severity, severitySchema } from "./vocabulary/blocker.js";
export {
  type Calendar,
  type CalendarInput,
  calendarSchema,
  type Schedule,
  type ScheduleInput,
  scheduleSchema,
} from "./vocabulary/calendar.js";
export {
  type Decision,
  type DecisionAction,
  decisionActions,
  decisionSchema,
} from "./vocabulary/decision.js";
export {
  type Attempt,
  type AttemptOutcome,
  attemptOutcomes,
  type Delivery,
  type DeliveryReport,
  type DeliveryStatus,
  deliveryReportSchema,
  deliveryStatuses,
  deliveryStatusSchema,
  type Skip,
} from "./vocabulary/delivery.js";
export {
  type ActionEffect,
  type AgentEffect,
  type DeliveryEffect,
  type Effect,
  type EffectKind,
  effectStatus,
  type RewriteEffect,
  type StaffingEffect,
  type ToolEffect,
} from "./vocabulary/effect.js";
export {
  type Approval,
  type ApprovalStatus,
  type Disposition,
  dispositions,
  type Escalation,
  type EscalationKind,
  type EscalationNote,
  type EscalationStatus,
  escalationKinds,
  escalationStatuses,
  type HandBackNote,
  type Holder,
  hasEnded,
  type Offer,
  type Progress,
  type SlaState,
  type Transfer,
} from "./vocabulary/escalation.js";
export {
  type Audience,
  audienceSchema,
  type LocalizedText,
  localizedTextSchema,
  type Message,
  messageSchema,
  type NewMessage,
  type Urgency,
  urgencies,
  urgencySchema,
} from "./vocabulary/message.js";
export {
  type EscalationPolicy,
  type EscalationPolicyInput,
  escalationPolicySchema,
  type PolicyLevel,
  type SlaTarget,
  slaTargets,
  type Target,
  targetSchema,
} from "./vocabulary/policy.js";
export {
  addressOn,
  type NewRecipient,
  type Recipient,
  recipientSchema,
  timeZoneSchema,
} from "./vocabulary/recipient.js";
export {
  type Actor,
  actorSchema,
  actors,
  isOpen,
  type NewSession,
  newSessionSchema,
  type Owner,
  ownerSchema,
  type Session,
  type SessionStatus,
  sessionSchema,
  sessionStatuses,
  sessionStatusSchema,
  statusTransitions,
} from "./vocabulary/session.js";
export {
  type Action,
  type ActionContext,
  type ActionFunction,
  actionSchema,
  type Condition,
  type ConditionContext,
  type ConditionFunction,
  type ConditionInput,
  conditionSchema,
  type FilterFunction,
  type Firing,
  type LeafCondition,
  type LeafConditionInput,
  type StepPattern,
  type Trigger,
  type TriggerFilter,
  type TriggerInput,
  type TriggerMode,
  triggerFilterSchema,
  triggerModeSchema,
  triggerSchema,
} from "./vocabulary/trigger.js";
export { type NewUiAction, newUiActionSchema, type UiAction } from "./vocabulary/ui-action.js";
export {
  type CapacitySlot,
  type NewWorker,
  type Presence,
  presenceSchema,
  presences,
  type Skill,
  skillSchema,
  type Worker,
  type WorkerRecord,
  workerSchema,
} from "./vocabulary/worker.js";
export { type TimeLimit, withTimeout } from "./with-timeout.js";
