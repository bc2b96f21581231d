export type {
  ContextPackage,
  ContextView,
  EscalationStatistics,
  GroupStatistics,
  HistoryEntry,
} from "@hybrid-orchestrator/escalation";
export type { Acknowledgement } from "./acknowledge/tokens.js";
export type { Expected as ExpectedToken, TokenView } from "./api/acknowledgements.js";
export type { RecordOptions } from "./api/activities.js";
export type { Answer, UserMessage } from "./api/answers.js";
export type { ApprovalDecisionInput, ApprovalsApi, NewApproval } from "./api/approvals.js";
export type { StatisticsQuery } from "./api/escalation-reports.js";
export type { ByWorker, EscalationsApi, HandBack, NewEscalation } from "./api/escalations.js";
export type { Explanation } from "./api/explain.js";
export type { DeliveryRecord, DeliverySearch, Sent } from "./api/messages.js";
export type { SessionRef } from "./api/refs.js";
export type { CreateSession, SessionWithToken, UpdateSession } from "./api/sessions.js";
export type { SuppressionTarget } from "./api/suppressions.js";
export type { WorkersApi } from "./api/workers.js";
export {
  type AcknowledgeOptions,
  type AgentsOptions,
  type EscalationOptions,
  type OrchestratorOptions,
  orchestratorSettingsSchema,
} from "./config.js";
export {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorStats,
  type StatusOptions,
} from "./orchestrator.js";
export type { Resumption } from "./views.js";
