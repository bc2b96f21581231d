import {
  type EscalationPolicyInput,
  escalationPolicySchema,
  type NewWorker,
  type WorkerRecord,
  workerSchema,
} from "@hybrid-orchestrator/core";
import { type Consequence, type OpenRequest, openEscalation, type Staff, type Step } from "../src/index.js";

export const seconds = 1_000;

export function makeWorker(worker: NewWorker, record: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    ...workerSchema.parse(worker),
    presence: "online",
    presenceSince: 0,
    connectedUntil: null,
    slots: [],
    idleSince: 0,
    ...record,
  };
}

export function makeStaff(workers: readonly WorkerRecord[], extra: Partial<Staff> = {}): Staff {
  return {
    workers: new Map(workers.map((worker) => [worker.id, worker])),
    schedules: {},
    presenceGraceMs: 30 * seconds,
    ...extra,
  };
}

export function makePolicy(policy: Partial<EscalationPolicyInput> = {}) {
  return escalationPolicySchema.parse({
    levels: [{ targets: [{ queue: "support" }], waitSeconds: 60 }],
    onExhausted: { action: "back_to_ai" },
    ...policy,
  });
}

export function open(
  request: Partial<OpenRequest> & { readonly policy: OpenRequest["policy"] },
  context: { readonly now: number; readonly staff: Staff },
): Step {
  return openEscalation(
    {
      id: "escalation",
      sessionId: "session",
      kind: "takeover",
      reason: "stuck",
      requestedBy: "user",
      suggestedHumanAction: null,
      priority: "normal",
      queue: null,
      skills: [],
      channel: "chat",
      policyName: "test",
      parentId: null,
      question: null,
      approval: null,
      seq: 0,
      openings: [],
      ...request,
    },
    context,
  );
}

export function eventsOf(consequences: readonly Consequence[]): string[] {
  return consequences.flatMap((one) => (one.type === "event" ? one.name.replace("escalation.", "") : []));
}

export function toldOf(consequences: readonly Consequence[]): string[] {
  return consequences.flatMap((one) => (one.type === "notify" ? [...one.workers, ...one.channels] : []));
}
