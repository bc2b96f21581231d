import {
  engage,
  engaged,
  type KillSwitch,
  type KillSwitchTarget,
  killSwitchSchema,
  killSwitchTargetSchema,
  scopeOf,
} from "@hybrid-orchestrator/channel-hub";
import { type JsonObject, parseWith, toJsonObject } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Runtime } from "../runtime.js";
import { updateDocument } from "./documents.js";

const record = { aggregate: "key", id: "kill-switches" } as const;
const bodySchema = z.object({ switches: z.array(killSwitchSchema) });
const reasonSchema = z.string().min(1).max(500);
const maxBytes = 2 * 1024 * 1024;

/** All kill switches, in one record that every node reads before anything leaves. */
export class KillSwitches {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async list(): Promise<readonly KillSwitch[]> {
    const stored = await this.#runtime.storage.getDocument(record.aggregate, record.id);
    return read(stored?.body ?? null);
  }

  async engage(input: KillSwitchTarget & { readonly reason: string }): Promise<KillSwitch> {
    const { reason: text, ...target } = input;
    const { scope, name } = scopeOf(parseWith(killSwitchTargetSchema, target, { name: "kill switch" }));
    const reason = parseWith(reasonSchema, text, { name: "reason of a kill switch" });
    const wanted: KillSwitch = { scope, name, reason, engagedAt: this.#runtime.settings.clock.now() };
    let before: KillSwitch | undefined;
    await this.#update((switches) => {
      before = engaged(switches, scope, name);
      return engage(switches, wanted);
    });
    if (before !== undefined) return before;
    this.#runtime.report("kill_switch.engaged", { scope, name, reason });
    return wanted;
  }

  async release(target: KillSwitchTarget): Promise<boolean> {
    const { scope, name } = scopeOf(parseWith(killSwitchTargetSchema, target, { name: "kill switch" }));
    let found: KillSwitch | undefined;
    await this.#update((switches) => {
      found = engaged(switches, scope, name);
      return found === undefined ? switches : switches.filter((one) => one !== found);
    });
    if (found === undefined) return false;
    this.#runtime.report("kill_switch.released", { scope, name, reason: found.reason });
    return true;
  }

  async #update(change: (switches: readonly KillSwitch[]) => readonly KillSwitch[]): Promise<void> {
    await updateDocument(this.#runtime.storage, record, (body) => {
      const switches = read(body);
      const next = change(switches);
      if (next === switches) return null;
      return { body: toJsonObject({ switches: next }, { name: "kill switches", maxBytes }), expiresAt: null };
    });
  }
}

function read(body: JsonObject | null): readonly KillSwitch[] {
  return body === null ? [] : bodySchema.parse(body).switches;
}
