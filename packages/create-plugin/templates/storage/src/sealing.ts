import type { CodecContext, StorageCodec } from "@hybrid-orchestrator/core";

/** Turns values into the text that is kept, and back. */
export interface Sealing {
  seal(kind: CodecContext["kind"], sessionId: string | null, value: unknown): string;
  unseal<T>(kind: CodecContext["kind"], sessionId: string | null, text: string): T;
}

export function sealingWith(codec?: StorageCodec): Sealing {
  return {
    seal(kind, sessionId, value) {
      const text = JSON.stringify(value);
      return codec === undefined ? text : codec.encode(text, { sessionId, kind });
    },
    unseal<T>(kind: CodecContext["kind"], sessionId: string | null, text: string) {
      return JSON.parse(codec === undefined ? text : codec.decode(text, { sessionId, kind })) as T;
    },
  };
}
