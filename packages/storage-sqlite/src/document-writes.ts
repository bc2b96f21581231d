import type { CommitResult, DocumentChange } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";

const conflict = { ok: false, reason: "conflict" } as const;
const done = { ok: true } as const;

/** Writes the records that are aggregates of their own: workers, recipients, keys. */
export function prepareDocumentWrites({ db, values }: Connection) {
  const exists = db.prepare("SELECT 1 FROM documents WHERE aggregate = ? AND id = ?");
  const insert = db.prepare(
    `INSERT INTO documents (aggregate, id, version, expires_at, body) VALUES (?, ?, 1, ?, ?)
     ON CONFLICT (aggregate, id) DO NOTHING`,
  );
  const replace = db.prepare(
    `UPDATE documents SET version = version + 1, body = ?, expires_at = ?
     WHERE aggregate = ? AND id = ? AND version = ?`,
  );
  const replaceBody = db.prepare(
    "UPDATE documents SET version = version + 1, body = ? WHERE aggregate = ? AND id = ? AND version = ?",
  );
  const remove = db.prepare("DELETE FROM documents WHERE aggregate = ? AND id = ? AND version = ?");

  return (change: DocumentChange): CommitResult => {
    const { aggregate, id, expectedVersion, body, expiresAt } = change;
    if (body === null) {
      if (expectedVersion === 0) return exists.get(aggregate, id) === undefined ? done : conflict;
      return remove.run(aggregate, id, expectedVersion).changes === 0 ? conflict : done;
    }
    const text = values.encode(body, "document", null);
    const { changes } =
      expectedVersion === 0
        ? insert.run(aggregate, id, expiresAt, text)
        : expiresAt === undefined
          ? replaceBody.run(text, aggregate, id, expectedVersion)
          : replace.run(text, expiresAt, aggregate, id, expectedVersion);
    return changes === 0 ? conflict : done;
  };
}
