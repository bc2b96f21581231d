import { compileGlob, isGlob, type Matcher } from "@hybrid-orchestrator/core";

// Types and field ids come from users, so what is remembered about them must be bounded.
const maxRemembered = 1_000;

/** Finds what was registered under a name or under a glob that matches it, in order of registration, each once. */
export class PatternIndex<Item> {
  readonly #entries: { readonly matches: Matcher; readonly item: Item }[] = [];
  readonly #exact = new Set<string>();
  #hasGlobs = false;
  readonly #found = new Map<string, readonly Item[]>();

  add(pattern: string, item: Item): void {
    this.#entries.push({ matches: compileGlob(pattern), item });
    if (isGlob(pattern)) this.#hasGlobs = true;
    else this.#exact.add(pattern);
    this.#found.clear();
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  find(name: string): readonly Item[] {
    if (!this.#hasGlobs && !this.#exact.has(name)) return [];
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const items = new Set<Item>();
    for (const { matches, item } of this.#entries) if (matches(name)) items.add(item);
    if (this.#found.size >= maxRemembered) this.#found.clear();
    const found = [...items];
    this.#found.set(name, found);
    return found;
  }
}
