import {
  type DocumentAggregate,
  type JsonObject,
  OrchestratorError,
  type Storage,
} from "@hybrid-orchestrator/core";

interface NewBody {
  readonly body: JsonObject;
  readonly expiresAt?: number | null;
}

/** Each conflict means that somebody else has come through, so this is far more than there are nodes. */
const maxTries = 100;

/**
 * Changes one record on what is stored at that moment, however many others change it too. `change` may be called again;
 * null leaves the record as it is. None is ever removed here, so that no version comes twice.
 * @throws OrchestratorError `conflict`, `storage_*`
 */
export async function updateDocument(
  storage: Storage,
  { aggregate, id }: { readonly aggregate: DocumentAggregate; readonly id: string },
  change: (body: JsonObject | null) => NewBody | null,
): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await storage.getDocument(aggregate, id);
    const next = change(stored?.body ?? null);
    if (next === null) return;
    const [result] = await storage.commit([
      { aggregate, id, expectedVersion: stored?.version ?? 0, ...next },
    ]);
    if (result?.ok === true) return;
    if (result?.reason === "error") throw result.error;
  }
  throw new OrchestratorError("conflict", `The record ${aggregate} ${id} kept changing.`);
}
