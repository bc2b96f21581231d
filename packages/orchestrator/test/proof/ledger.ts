/** One effect that a double of a channel, an action or an agent had on the world: written before it answers. */
export interface LedgerEntry {
  readonly channel: string;
  /** The idempotency key it was asked with. */
  readonly key: string;
  readonly sessionId: string;
  readonly effectId: string;
}

/** Effects by the key they were asked for with. */
export function countByKey(ledger: readonly LedgerEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of ledger) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** A ledger as lines of a file, which outlives the process that appends to it. A last half line is no entry. */
export function parseLedger(text: string): LedgerEntry[] {
  const lines = text.split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LedgerEntry);
}

export function ledgerLine(entry: LedgerEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
