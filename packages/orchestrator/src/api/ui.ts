import {
  type NewUiAction,
  newUiActionSchema,
  OrchestratorError,
  parseWith,
  toJsonObject,
  type UiAction,
} from "@hybrid-orchestrator/core";
import { requireOpen } from "../decide/status.js";
import { acknowledgeUiAction, queueUiAction, takeUiActions } from "../decide/ui-actions.js";
import { maxUiActionBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import type { References, SessionRef } from "./refs.js";

export class UiApi {
  constructor(
    readonly runtime: Runtime,
    readonly refs: References,
  ) {}

  async queue(ref: SessionRef, input: NewUiAction): Promise<UiAction> {
    const { type, data } = parseWith(newUiActionSchema, input, { name: "UI action" });
    const checked =
      data === undefined ? {} : toJsonObject(data, { name: "UI action's data", maxBytes: maxUiActionBytes });
    return this.refs.submit(ref, (work) => {
      requireOpen(work);
      return queueUiAction(work, { type, data: checked });
    });
  }

  async take(ref: SessionRef): Promise<readonly UiAction[]> {
    return this.refs.submit(ref, takeUiActions);
  }

  async acknowledge(ref: SessionRef, id: string): Promise<UiAction> {
    return this.refs.with(ref, async ({ id: sessionId, ...proof }) => {
      const known = await this.runtime.storage.getUiAction(sessionId, id);
      return this.runtime.submit(sessionId, (work) => acknowledgeUiAction(work, id, known), proof);
    });
  }

  async get(ref: SessionRef, id: string): Promise<UiAction> {
    return this.refs.with(ref, async (resolved) => {
      const action = await this.runtime.storage.getUiAction(resolved.id, id);
      if (action === null)
        throw new OrchestratorError("not_found", `Session ${resolved.id} has no UI action ${id}.`);
      return action;
    });
  }
}
