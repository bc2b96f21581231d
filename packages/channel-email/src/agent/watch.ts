import type { JsonObject } from "@hybrid-orchestrator/core";
import type { Email } from "../email.js";
import type { EmailEvent } from "../listener/event.js";
import { hasText, readRow } from "./rows.js";

export interface HandInOptions {
  readonly inbox: (limit: number) => Promise<readonly JsonObject[]>;
  readonly read: (row: JsonObject) => Email;
  readonly handle: (email: Email) => Promise<void>;
}

/** What a listener does with mail that arrived: an agent that tells of it without its text is asked for the mail. */
export function handInFrom({ inbox, read, handle }: HandInOptions): {
  onEmailReceived(event: EmailEvent): Promise<void>;
} {
  return {
    async onEmailReceived({ metadata, messageId }) {
      const row = hasText(metadata)
        ? metadata
        : (await inbox(100)).find((candidate) => readRow(candidate).messageId === messageId);
      await handle(read(row ?? metadata));
    },
  };
}
