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
import type { SessionWork } from "../decide/work.js";
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
    return this.#submit(ref, (work) => {
      requireOpen(work);
      return queueUiAction(work, { type, data: checked });
    });
  }

  async take(ref: SessionRef): Promise<readonly UiAction[]> {
    return this.#submit(ref, takeUiActions);
  }

  async acknowledge(ref: SessionRef, id: string): Promise<UiAction> {
    return this.refs.with(ref, async (resolved) => {
      const known = await this.runtime.storage.getUiAction(resolved.id, id);
      return this.#submit(ref, (work) => acknowledgeUiAction(work, id, known));
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

  #submit<Value>(ref: SessionRef, apply: (work: SessionWork) => Value): Promise<Value> {
    return this.refs.with(ref, ({ id, tokenHash }) =>
      this.runtime.submit(id, apply, tokenHash === undefined ? {} : { tokenHash }),
    );
  }
}
