/** Sizes in UTF-8 bytes of JSON text. */
export const maxActivityBytes = 64 * 1024;
export const maxMetadataBytes = 256 * 1024;
export const maxUiActionBytes = 16 * 1024;
export const maxMessageMetadataBytes = 16 * 1024;

export const maxToolArgsBytes = 16 * 1024;
export const maxToolResultBytes = 32 * 1024;

/** Activities in one `recordActivity` call. */
export const maxActivitiesPerCall = 1_000;

/**
 * A tracker checkpoint is written at least every so many activities: rarely, because a session that stays in memory
 * does not need it.
 */
export const checkpointEvery = 256;
/** Whoever had to replay so many activities to load a session writes one with its next commit. */
export const longReplay = 8;

/** How many of the newest activities agents, custom conditions and blocker detectors see. */
export const recentLimit = 50;

/** A UI action that was taken and not acknowledged is handed out again after this time. */
export const uiRedeliveryMs = 30_000;

/** How long an idempotency key is remembered. */
export const idempotencyTtlMs = 7 * 86_400_000;
