import {
  type CommitResult,
  errorMessage,
  OrchestratorError,
  type OrchestratorEvent,
} from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { Pauses } from "./pauses.js";

type Write = (events: readonly OrchestratorEvent[]) => void | Promise<void>;

interface Sink {
  readonly name: string;
  readonly plugin: string;
  readonly write: Write;
  cursor: string | null;
  version: number;
  loaded: boolean;
}

const batchSize = 200;
const pauseMs = 5_000;

/**
 * Hands every committed event to the sinks, in order and at least once: how far a sink has come is stored, so that it
 * goes on from there after a restart. A new sink begins with what happens from now on.
 */
export class Sinks {
  readonly #runtime: Runtime;
  readonly #sinks: Sink[] = [];
  readonly #pauses = new Pauses(pauseMs);

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(name: string, plugin: string, write: Write): void {
    this.#sinks.push({ name, plugin, write, cursor: null, version: 0, loaded: false });
  }

  deleteOf(plugin: string): void {
    for (let index = this.#sinks.length - 1; index >= 0; index -= 1) {
      if (this.#sinks[index]?.plugin === plugin) this.#sinks.splice(index, 1);
    }
  }

  /** Learns how far each sink has come, so that nothing from now on is missed. */
  async load(): Promise<void> {
    for (const sink of this.#sinks) if (!sink.loaded) await this.#load(sink);
  }

  async flush(): Promise<void> {
    const now = this.#runtime.settings.clock.now();
    for (const sink of this.#sinks)
      if (!this.#pauses.isPaused(keyOf(sink), now)) await this.#flushOne(sink, now);
  }

  async #flushOne(sink: Sink, now: number): Promise<void> {
    if (!sink.loaded) await this.#load(sink);
    for (;;) {
      const page = await this.#runtime.storage.readEvents({ after: sink.cursor, limit: batchSize });
      if (page.events.length === 0) return;
      try {
        await sink.write(page.events);
      } catch (error) {
        this.#pauses.pause(keyOf(sink), now);
        this.#runtime.report("plugin.failed", {
          plugin: sink.plugin,
          error: `Sink ${sink.name}: ${errorMessage(error)}`,
        });
        return;
      }
      // Another node was faster, or it could not be stored: go on from what is stored.
      if (!(await this.#save(sink, page.cursor)).ok) sink.loaded = false;
    }
  }

  /** A new sink begins here: not before that is stored, or what happens until it is would be missed. */
  async #load(sink: Sink): Promise<void> {
    while (!sink.loaded) {
      const stored = await this.#runtime.storage.getDocument("key", keyOf(sink));
      const cursor = stored?.body.cursor;
      sink.version = stored?.version ?? 0;
      if (typeof cursor === "string") {
        sink.cursor = cursor;
        sink.loaded = true;
        return;
      }
      const result = await this.#save(sink, await this.#runtime.storage.lastEventCursor());
      if (result.ok) sink.loaded = true;
      else if (result.reason === "error") throw result.error;
    }
  }

  async #save(sink: Sink, cursor: string): Promise<CommitResult> {
    sink.cursor = cursor;
    const change = {
      aggregate: "key",
      id: keyOf(sink),
      expectedVersion: sink.version,
      body: { cursor },
    } as const;
    const [result] = await this.#runtime.storage.commit([change]);
    if (result === undefined)
      throw new OrchestratorError("internal", "The storage did not answer for a sink's change.");
    if (result.ok) sink.version += 1;
    return result;
  }
}

function keyOf(sink: Sink): string {
  return `sink:${sink.plugin}:${sink.name}`;
}
