/** How far a mailbox has been handed in. */
export interface Cursor {
  /** UIDs have a meaning only under the same value (RFC 3501, 2.3.1.1). */
  readonly uidValidity: string;
  readonly lastUid: number;
  /** When the mailbox was last handed in whole. */
  readonly lookedAt: number;
}

/** The UIDs that are to be handed in, oldest first. `n:*` names the last mail too, if it has a lower UID. */
export function nextUids(found: readonly number[], known: Cursor | undefined): number[] {
  return [...new Set(found)].filter((uid) => uid > (known?.lastUid ?? 0)).sort((a, b) => a - b);
}
