interface EndsLimit {
  readonly first: number;
  readonly newest: number;
}

/** Keeps the first so many and the newest so many of a long row, and counts the rest. */
export class Ends<Item> {
  readonly #limit: EndsLimit;
  readonly #first: Item[] = [];
  #newest: Item[] = [];
  #count = 0;

  constructor(limit: EndsLimit) {
    this.#limit = limit;
  }

  add(item: Item): void {
    this.#count += 1;
    if (this.#first.length < this.#limit.first) this.#first.push(item);
    else {
      this.#newest.push(item);
      // Now and then in one go: taking one off the front of a long array each time costs its length.
      if (this.#newest.length >= this.#limit.newest * 2)
        this.#newest = this.#newest.slice(-this.#limit.newest);
    }
  }

  items(): Item[] {
    return [...this.#first, ...this.#newest.slice(-this.#limit.newest)];
  }

  get omitted(): number {
    return Math.max(0, this.#count - this.#limit.first - this.#limit.newest);
  }
}

/** The first and the newest of a row that is at hand. */
export function endsOf<Item>(items: Iterable<Item>, limit: EndsLimit): { items: Item[]; omitted: number } {
  const ends = new Ends<Item>(limit);
  for (const item of items) ends.add(item);
  return { items: ends.items(), omitted: ends.omitted };
}

/** Of texts, as many as have room: the first of them up to a quarter of it, and the newest in the rest. */
export function withinLength<Item extends { readonly text: string }>(
  items: readonly Item[],
  maxLength: number,
): { items: Item[]; omitted: number } {
  let first = 0;
  for (let length = 0; first < items.length; first++) {
    length += items[first]?.text.length ?? 0;
    if (length > maxLength / 4) break;
  }
  let from = items.length;
  for (let length = 0; from > first; from--) {
    length += items[from - 1]?.text.length ?? 0;
    if (length > (maxLength * 3) / 4) break;
  }
  return { items: [...items.slice(0, first), ...items.slice(from)], omitted: from - first };
}
