import {
  errorMessage,
  type Logger,
  OrchestratorError,
  type Plugin,
  type PluginHost,
} from "@hybrid-orchestrator/core";

export type Stop = () => void | Promise<void>;

/** What the lifecycle needs of its orchestrator to give a plugin its host. */
export interface HostFactory {
  /** The host for one plugin; `onStop` collects what is to be called when it stops. */
  host(plugin: Plugin, onStop: (stop: Stop) => void, signal: AbortSignal): PluginHost;
  /** Forgets everything that the plugin registered. */
  unregister(plugin: Plugin): void;
}

interface Running {
  readonly plugin: Plugin;
  readonly stops: Stop[];
  readonly controller: AbortController;
}

/** Starts plugins in order and stops them in reverse. A failed start stops what had started, and may be tried again. */
export class PluginLifecycle {
  readonly #factory: HostFactory;
  readonly #logger: Logger;
  readonly #plugins: Plugin[] = [];
  readonly #running: Running[] = [];

  constructor(factory: HostFactory, logger: Logger) {
    this.#factory = factory;
    this.#logger = logger;
  }

  /** @throws OrchestratorError `plugin_incompatible` or `duplicate_name` */
  add(plugin: Plugin): void {
    const { specVersion, name, setup } = plugin as { specVersion?: unknown; name?: unknown; setup?: unknown };
    if (typeof name !== "string" || name === "" || typeof setup !== "function") {
      throw new OrchestratorError(
        "plugin_incompatible",
        "A plugin needs a name and a setup(host) function. Did you pass a factory without calling it?",
      );
    }
    if (specVersion !== 1) {
      throw new OrchestratorError(
        "plugin_incompatible",
        `Plugin ${name} was written for version ${String(specVersion)} of the plugin contract; this is version 1. Install a matching version of the plugin.`,
      );
    }
    if (this.#plugins.some((other) => other.name === name)) {
      throw new OrchestratorError(
        "duplicate_name",
        `A plugin named ${name} was added before. Two of one kind need two names.`,
      );
    }
    this.#plugins.push(plugin);
  }

  /** Takes a plugin out; one that runs is stopped. */
  async remove(plugin: Plugin): Promise<void> {
    const index = this.#plugins.indexOf(plugin);
    if (index >= 0) this.#plugins.splice(index, 1);
    const place = this.#running.findIndex((running) => running.plugin === plugin);
    for (const running of place < 0 ? [] : this.#running.splice(place, 1)) await this.#stopRunning(running);
  }

  get names(): string[] {
    return this.#plugins.map(({ name }) => name);
  }

  /** Starts what is not running yet. @throws OrchestratorError `plugin_failed`, or what the plugin's registration broke. */
  async start(): Promise<void> {
    const before = this.#running.length;
    try {
      for (const plugin of this.#plugins) {
        if (!this.#running.some((running) => running.plugin === plugin)) await this.#startOne(plugin);
      }
    } catch (error) {
      await this.#stopDownTo(before);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#stopDownTo(0);
  }

  async #startOne(plugin: Plugin): Promise<void> {
    const running: Running = { plugin, stops: [], controller: new AbortController() };
    this.#running.push(running);
    const host = this.#factory.host(plugin, (stop) => running.stops.push(stop), running.controller.signal);
    try {
      await plugin.setup(host);
    } catch (error) {
      if (OrchestratorError.isInstance(error)) throw error;
      throw new OrchestratorError(
        "plugin_failed",
        `Plugin ${plugin.name} could not start: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  }

  async #stopDownTo(count: number): Promise<void> {
    while (this.#running.length > count) {
      const running = this.#running.pop();
      if (running === undefined) return;
      await this.#stopRunning(running);
    }
  }

  async #stopRunning({ plugin, stops, controller }: Running): Promise<void> {
    controller.abort();
    for (const stop of stops.reverse()) await this.#stopOne(plugin, stop);
    this.#factory.unregister(plugin);
  }

  async #stopOne(plugin: Plugin, stop: Stop): Promise<void> {
    try {
      await stop();
    } catch (error) {
      // The others still have to be stopped.
      this.#logger.error("A plugin failed while stopping.", {
        plugin: plugin.name,
        error: errorMessage(error),
      });
    }
  }
}
