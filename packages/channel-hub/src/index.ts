export {
  type AddressState,
  addressId,
  answeredSession,
  noticesTo,
  notified,
  readAddressState,
  type Suppression,
  suppressed,
  toDocument,
  unsuppressed,
  writtenToBy,
} from "./address-state.js";
export {
  type Begin,
  type BeginContext,
  beginAttempt,
  withheld,
} from "./begin.js";
export type { BreakerSettings } from "./breaker.js";
export {
  type BroadcastInput,
  type BroadcastPart,
  planBroadcast,
} from "./broadcast.js";
export {
  capFor,
  deliveryOfSlot,
  type Reservation,
  type Reserved,
  reserveSlot,
  type SlotRef,
  settleSlots,
  slotRef,
} from "./caps.js";
export {
  deliveryLane,
  idempotencyKey,
  type NewDeliveryOptions,
  newDelivery,
  newDeliveryEffect,
  replay,
  supersede,
  unroutable,
} from "./delivery.js";
export {
  createDispatcher,
  type DeliveryRef,
  type Dispatcher,
  type DispatcherOptions,
  type Outbox,
} from "./dispatcher.js";
export { createGates, type Gates, type Passage } from "./gates.js";
export {
  type ChannelHub,
  type ChannelHubOptions,
  type ChannelListing,
  createChannelHub,
  type Preview,
  type PreviewMessage,
  type PreviewOptions,
} from "./hub.js";
export {
  engage,
  engaged,
  type KillSwitch,
  type KillSwitchTarget,
  killSwitchSchema,
  killSwitchTargetSchema,
  scopeOf,
  silencedBy,
  stoppedBy,
  wordsFor,
} from "./kill-switch.js";
export { chooseText } from "./locale.js";
export { safeReason } from "./mask.js";
export {
  isNotNow,
  type NotNow,
  type Obstacle,
  type Obstacles,
} from "./obstacle.js";
export {
  type ChannelSettings,
  type ChannelSettingsInput,
  channelSettingsSchema,
  type HubPolicy,
  type HubPolicyInput,
  hubPolicySchema,
  readPolicy,
  type UnreachedAlert,
} from "./policy.js";
export type { QuietHours } from "./quiet-hours.js";
export { checkTemplate, type RenderOptions, renderMessage } from "./render.js";
export { applyReport, type ReportContext } from "./report.js";
export { readResult } from "./result.js";
export { type RetryInput, retryDelay } from "./retry.js";
export {
  obstacleFor,
  planRoute,
  type RoutableMessage,
  type RouteInput,
  type RoutePlan,
  type RouteStep,
} from "./route.js";
export { type SettleContext, settleAttempt } from "./settle.js";
export type { Step } from "./step.js";
export type { Rate } from "./token-bucket.js";
export { type Alert, alertFor } from "./unreached.js";
export type { ChannelView, HubViews, SessionView } from "./views.js";
