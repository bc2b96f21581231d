import { type CodecContext, OrchestratorError, type StorageCodec } from "@hybrid-orchestrator/core";

type Kind = CodecContext["kind"];

/** Turns values into the text that is stored, and back. */
export interface Values {
  encode(value: unknown, kind: Kind, sessionId: string | null): string;
  decode<T>(stored: string, kind: Kind, sessionId: string | null): T;
}

/** JSON, through the codec where there is one. */
export function createValues(codec: StorageCodec | undefined, database: string): Values {
  const toText = (stored: string, kind: Kind, sessionId: string | null) =>
    codec === undefined ? stored : codec.decode(stored, { sessionId, kind });
  return {
    encode(value, kind, sessionId) {
      const text = JSON.stringify(value);
      return codec === undefined ? text : codec.encode(text, { sessionId, kind });
    },
    decode<T>(stored: string, kind: Kind, sessionId: string | null): T {
      try {
        return JSON.parse(toText(stored, kind, sessionId)) as T;
      } catch {
        // The error that was caught quotes the text, so it must not become the cause.
        const owner = sessionId === null ? "" : ` of session ${sessionId}`;
        throw new OrchestratorError(
          "storage_corrupt",
          `A stored value (${kind})${owner} in ${database} cannot be read. Is the codec the one that it was written with?`,
        );
      }
    },
  };
}
