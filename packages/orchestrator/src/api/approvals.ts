import {
  type Escalation,
  type Json,
  type JsonObject,
  OrchestratorError,
  parseWith,
  skillSchema,
  storableText,
  toJson,
  toJsonObject,
  urgencySchema,
} from "@hybrid-orchestrator/core";
import { approvalDecisions, settleExecution, takeExecution } from "@hybrid-orchestrator/escalation";
import { z } from "zod";
import { applyStep, contextOf } from "../decide/escalations.js";
import { requireOpen } from "../decide/status.js";
import { decideCall, requestApproval } from "../decide/tools.js";
import type { SessionWork } from "../decide/work.js";
import { maxToolArgsBytes, maxToolResultBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { readEscalation, submitAbout } from "./escalations.js";
import type { References, SessionRef } from "./refs.js";

const name = storableText.min(1).max(100);

const newApprovalSchema = z.strictObject({
  tool: name,
  args: z.record(z.string(), z.unknown()).default({}),
  reason: z.string().min(1).max(2_000),
  /** Who is told what became of it. Absent: nobody, whoever asks looks for themselves. */
  agent: name.optional(),
  callId: storableText.min(1).max(200).default("api"),
  /** `caller`: the tool is none of the orchestrator's; whoever asked runs it with {@link ApprovalsApi.take}. */
  runBy: z.enum(["orchestrator", "caller"]).default("orchestrator"),
  requestedBy: name.default("api"),
  suggestedHumanAction: z.string().max(2_000).optional(),
  priority: urgencySchema.default("normal"),
  queue: name.optional(),
  skills: z.array(skillSchema).max(20).default([]),
  /** What kind of work it is for a worker's capacity. */
  channel: name.default("approval"),
  policy: name.optional(),
});
export type NewApproval = z.input<typeof newApprovalSchema>;

const decisionSchema = z.strictObject({
  worker: name,
  decision: z.enum(approvalDecisions),
  argsHash: z.string().max(200).optional(),
  args: z.record(z.string(), z.unknown()).optional(),
  comment: z.string().min(1).max(2_000).optional(),
});
export type ApprovalDecisionInput = z.input<typeof decisionSchema>;

/** Actions that a human has to allow. Each is an escalation of kind `approval`, and an id names that escalation. */
export class ApprovalsApi {
  readonly #runtime: Runtime;
  readonly #refs: References;
  readonly #ready: () => Promise<void>;

  constructor(runtime: Runtime, refs: References, ready: () => Promise<void>) {
    this.#runtime = runtime;
    this.#refs = refs;
    this.#ready = ready;
  }

  /**
   * Asks for one action. The same one while it waits for an answer is not asked for twice.
   * @throws OrchestratorError `unknown_name`, `escalation_limit`, `invalid_argument`, and what a session throws
   */
  async request(session: SessionRef, input: NewApproval): Promise<Escalation> {
    await this.#ready();
    const read = parseWith(newApprovalSchema, input, { name: "approval" });
    const { tool, agent = null, callId, suggestedHumanAction = null, args: given, ...about } = read;
    const args = toJsonObject(given, { name: `arguments of ${tool}`, maxBytes: maxToolArgsBytes });
    if (read.runBy === "orchestrator") this.#check(tool, args);
    return this.#refs.submit(session, (work) => {
      requireOpen(work);
      const id = requestApproval(
        work,
        { name: tool, agent, callId, args },
        { ...about, suggestedHumanAction },
      );
      return mustHave(work, id);
    });
  }

  /**
   * A worker allows, changes, refuses, answers or ignores it. `approve` and `edit` need the `argsHash` of what was read,
   * and count for nothing else. What the orchestrator runs then runs once.
   * @throws OrchestratorError `approval_mismatch`, `escalation_ended`, `escalation_taken`, `not_eligible`, `not_found`,
   * `invalid_argument`
   */
  async decide(id: string, input: ApprovalDecisionInput): Promise<Escalation> {
    await this.#ready();
    const {
      worker: workerId,
      args: edited,
      comment = null,
      ...rest
    } = parseWith(decisionSchema, input, {
      name: "decision",
    });
    const { sessionId, approval } = await readEscalation(this.#runtime, id);
    const args =
      edited === undefined
        ? {}
        : { args: toJsonObject(edited, { name: "arguments", maxBytes: maxToolArgsBytes }) };
    if (approval?.runBy === "orchestrator" && args.args !== undefined) this.#check(approval.tool, args.args);
    const worker = await this.#runtime.directory.require(workerId);
    return submitAbout(this.#runtime, { id, sessionId }, (escalation, work) =>
      decideCall(work, escalation, { ...rest, ...args, worker, comment }),
    );
  }

  /**
   * For whoever runs it themselves: the arguments that were approved, once. From then on it counts as begun.
   * @throws OrchestratorError `approval_mismatch` where it was not approved, or was taken already; `not_found`
   */
  async take(id: string): Promise<JsonObject> {
    await this.#ready();
    const { sessionId } = await readEscalation(this.#runtime, id);
    let args: JsonObject = {};
    await submitAbout(this.#runtime, { id, sessionId }, (escalation, work) => {
      const { args: taken, ...step } = takeExecution(escalation, contextOf(work));
      args = taken;
      applyStep(work, step);
      return step.escalation;
    });
    return args;
  }

  /**
   * For whoever ran it themselves: what came of it. Said again it changes nothing.
   * @throws OrchestratorError `not_found`, `data_too_large`
   */
  async report(
    id: string,
    outcome: { readonly status: "done" | "failed"; readonly result?: Json; readonly error?: string },
  ): Promise<Escalation> {
    await this.#ready();
    const { sessionId } = await readEscalation(this.#runtime, id);
    const result = toJson(outcome.result ?? null, { name: "result", maxBytes: maxToolResultBytes });
    const error = outcome.error?.slice(0, 500) ?? null;
    return submitAbout(this.#runtime, { id, sessionId }, (escalation, work) => {
      const ended = { execution: outcome.status, result, error };
      const step = settleExecution(escalation, ended, contextOf(work));
      applyStep(work, step);
      return step.escalation;
    });
  }

  #check(tool: string, args: JsonObject): void {
    const { check } = this.#runtime.registry.tools.require(tool, "The approval");
    try {
      check?.(args);
    } catch (error) {
      if (OrchestratorError.isInstance(error)) throw error;
      throw new OrchestratorError("invalid_argument", `The tool ${tool} cannot take these arguments.`, {
        cause: error,
      });
    }
  }
}

function mustHave(work: SessionWork, id: string): Escalation {
  const escalation = work.escalation(id);
  if (escalation === undefined) throw new OrchestratorError("internal", `Escalation ${id} was not opened.`);
  return escalation;
}
