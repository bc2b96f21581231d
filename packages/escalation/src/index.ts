export { type HistoryEntry, historyEntry } from "./audit/history.js";
export { buildContext, type ContextSources } from "./context/build.js";
export { Ends } from "./context/ends.js";
export { type ContextFormatOptions, formatContext } from "./context/format.js";
export { contextLimits } from "./context/limits.js";
export { ActivityLog } from "./context/log.js";
export { maskContext } from "./context/mask.js";
export {
  type ContextAttempt,
  type ContextEntry,
  type ContextPackage,
  type ContextView,
  contextPackageSchema,
  contextViews,
} from "./context/package.js";
export { briefContext, callSummary } from "./context/summary.js";
export { findingCodes, type PolicyDirectory, type PolicyFinding } from "./lint/finding.js";
export { lintPolicy } from "./lint/lint.js";
export { advance, nextDueAt, staffChanged } from "./machine/advance.js";
export {
  type ApprovalDecision,
  approvalDecisions,
  approvedArgs,
  type Deciding,
  decideApproval,
  hashArgs,
  settleExecution,
  takeExecution,
} from "./machine/approve.js";
export { type ClaimRequest, claim, requireHolder } from "./machine/claim.js";
export type { Context } from "./machine/context.js";
export {
  addNote,
  answer,
  type By,
  cancel,
  giveBack,
  handBack,
  requestTransfer,
  resolve,
  respond,
  snooze,
  userWrote,
} from "./machine/handle.js";
export { decline, offer, requireOpen, wantsOffer, whomToOffer } from "./machine/offer.js";
export { type OpenRequest, openEscalation, recentOpenings, requestingWorker } from "./machine/open.js";
export { isSameOwner, ownerAfter, wordsFor } from "./machine/owner.js";
export {
  type Announcement,
  type Consequence,
  type EventSubject,
  eventData,
  type Step,
} from "./machine/step.js";
export { defaultPolicy, readPolicy } from "./policy/read.js";
export { agentFailedText, announcementText, announcementTexts, exhaustedTexts } from "./policy/texts.js";
export { type FormatOptions, formatSimulation } from "./simulate/format.js";
export type { Script, ScriptedAction } from "./simulate/script.js";
export { type SimulateOptions, simulatePolicy } from "./simulate/simulate.js";
export type { Simulation, SimulationEnd, SimulationStep, ToldSomebody } from "./simulate/simulation.js";
export { readStaff, type SimulatedStaff } from "./simulate/staff.js";
export { reserve, settle, slotFor, staleSlots } from "./staff/capacity.js";
export { byPriority, offerCandidates, type Resolved, resolveTargets } from "./staff/route.js";
export {
  hasRoom,
  isAvailable,
  isEligible,
  isGone,
  isTransferredTo,
  presenceAt,
  type Staff,
} from "./staff/staff.js";
export type { DurationStatistics } from "./statistics/durations.js";
export {
  type EscalationOutcome,
  type EscalationStatistics,
  escalationOutcomes,
  escalationStatistics,
  type GroupStatistics,
  type SlaStatistics,
  StatisticsFold,
} from "./statistics/statistics.js";
export { addOpenTime, isOpen, nextChange, nextOpening, openTimeBetween } from "./time/calendar.js";
export { nextDutyChange, onDuty } from "./time/schedule.js";
export { dueSlas, meetSla, nextSlaDue, pauseSla, resumeSla, startSlas } from "./time/sla.js";
export { momentOf } from "./time/wall-clock.js";
