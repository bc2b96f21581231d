import {
  type ActionFunction,
  type ActivityParser,
  type Agent,
  type BlockerDetector,
  type ConditionFunction,
  type JsonObject,
  OrchestratorError,
  type Role,
  type Route,
  type Tool,
} from "@hybrid-orchestrator/core";

/** Things by name, each with the plugin that brought it, so that a plugin's leave with it. */
class NamedRegistry<Item> {
  readonly #kind: string;
  readonly #items = new Map<string, { readonly item: Item; readonly plugin: string | null }>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** @throws OrchestratorError `duplicate_name` */
  add(name: string, item: Item, plugin: string | null): void {
    const existing = this.#items.get(name);
    if (existing !== undefined) {
      const from = existing.plugin === null ? "" : `, from plugin ${existing.plugin}`;
      throw new OrchestratorError(
        "duplicate_name",
        `The ${this.#kind} ${name} exists already${from}. Give one of them another name.`,
      );
    }
    this.#items.set(name, { item, plugin });
  }

  get(name: string): Item | undefined {
    return this.#items.get(name)?.item;
  }

  /** @throws OrchestratorError `unknown_name`; `by` says who names it */
  require(name: string, by: string): Item {
    const entry = this.#items.get(name);
    if (entry !== undefined) return entry.item;
    const known = this.names().join(", ") || "none";
    throw new OrchestratorError(
      "unknown_name",
      `${by} names the ${this.#kind} ${name}, which nobody registered. Known: ${known}.`,
    );
  }

  names(): string[] {
    return [...this.#items.keys()];
  }

  values(): Item[] {
    return [...this.#items.values()].map(({ item }) => item);
  }

  entries(): [string, Item][] {
    return [...this.#items].map(([name, { item }]) => [name, item]);
  }

  /** Removes what a plugin brought. */
  deleteOf(plugin: string): void {
    for (const [name, entry] of this.#items) if (entry.plugin === plugin) this.#items.delete(name);
  }
}

/** Everything that plugins can register by name, besides channels and triggers. */
export class Registry {
  readonly agents = new NamedRegistry<Agent>("agent");
  readonly tools = new NamedRegistry<Tool>("tool");
  readonly conditions = new NamedRegistry<ConditionFunction>("condition");
  readonly actions = new NamedRegistry<ActionFunction>("action");
  readonly roles = new NamedRegistry<Role>("role");
  readonly policies = new NamedRegistry<JsonObject>("policy");
  readonly parsers = new NamedRegistry<ActivityParser>("activity parser");
  readonly detectors = new NamedRegistry<BlockerDetector>("blocker detector");
  readonly routes = new NamedRegistry<Route & { readonly plugin: string }>("route");

  deleteOf(plugin: string): void {
    for (const registry of [
      this.agents,
      this.tools,
      this.conditions,
      this.actions,
      this.roles,
      this.policies,
      this.parsers,
      this.detectors,
      this.routes,
    ]) {
      registry.deleteOf(plugin);
    }
  }
}
