import { errorMessage, type OrchestratorEvent } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";

type Write = (events: readonly OrchestratorEvent[]) => void | Promise<void>;

interface Sink {
  readonly name: string;
  readonly plugin: string;
  readonly write: Write;
  cursor: string | null;
  version: number;
  loaded: boolean;
  pausedUntil: number;
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

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(name: string, plugin: string, write: Write): void {
    this.#sinks.push({ name, plugin, write, cursor: null, version: 0, loaded: false, pausedUntil: 0 });
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
    for (const sink of this.#sinks) if (sink.pausedUntil <= now) await this.#flushOne(sink, now);
  }

  async #flushOne(sink: Sink, now: number): Promise<void> {
    if (!sink.loaded) await this.#load(sink);
    for (;;) {
      const page = await this.#runtime.storage.readEvents({ after: sink.cursor, limit: batchSize });
      if (page.events.length === 0) return;
      try {
        await sink.write(page.events);
      } catch (error) {
        sink.pausedUntil = now + pauseMs;
        this.#runtime.report("plugin.failed", {
          plugin: sink.plugin,
          error: `Sink ${sink.name}: ${errorMessage(error)}`,
        });
        return;
      }
      await this.#save(sink, page.cursor);
    }
  }

  async #load(sink: Sink): Promise<void> {
    const stored = await this.#runtime.storage.getDocument("key", keyOf(sink));
    const cursor = stored?.body.cursor;
    sink.version = stored?.version ?? 0;
    sink.loaded = true;
    if (typeof cursor === "string") sink.cursor = cursor;
    else await this.#save(sink, await this.#runtime.storage.lastEventCursor());
  }

  async #save(sink: Sink, cursor: string): Promise<void> {
    sink.cursor = cursor;
    const change = {
      aggregate: "key",
      id: keyOf(sink),
      expectedVersion: sink.version,
      body: { cursor },
    } as const;
    const [result] = await this.#runtime.storage.commit([change]);
    if (result?.ok) sink.version += 1;
    else sink.loaded = false;
  }
}

function keyOf(sink: Sink): string {
  return `sink:${sink.plugin}:${sink.name}`;
}
