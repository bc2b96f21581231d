export { type AgentSuiteOptions, agentSuite, type LimitedAgent } from "./agent-suite.js";
export {
  type ChannelSubject,
  type ChannelSuiteOptions,
  channelSuite,
  type FailureKind,
} from "./channel-suite.js";
export { type DomainSuiteOptions, domainSuite } from "./domain-suite.js";
export {
  decidingAgent,
  failingChannel,
  floodingChannel,
  garbageAgent,
  type HangingChannel,
  hangingAgent,
  hangingChannel,
  lyingChannel,
  sendingChannel,
  type TestAgent,
  type TestChannel,
  type TestChannelOptions,
  throwingAgent,
  throwingChannel,
  twiceAnsweringChannel,
} from "./doubles.js";
export {
  type FaultyStorage,
  type FaultyStorageOptions,
  faultyStorage,
  type StorageCall,
  type StorageFault,
} from "./faulty-storage.js";
export { type RecordingHost, type RecordingHostOptions, recordingHost } from "./recording-host.js";
export {
  sampleActivity,
  sampleAgentInput,
  sampleEscalation,
  sampleMessage,
  sampleOfferedTool,
  sampleRecipient,
  sampleSession,
} from "./samples.js";
export { type StorageSuiteOptions, storageSuite, type TestDatabase } from "./storage-suite.js";
export type { Expect, Expectation, SuiteRunner } from "./suite-runner.js";
export { type VirtualClock, virtualClock } from "./virtual-clock.js";
