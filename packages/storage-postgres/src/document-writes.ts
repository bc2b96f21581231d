import type { Queryable } from "./client.js";
import type { DocumentWrite } from "./judge.js";
import { byColumn, type Column, insertInto, unnested } from "./sql.js";
import type { Values } from "./values.js";

const key: readonly Column[] = [
  ["aggregate", "text"],
  ["id", "text"],
];
const columns: readonly Column[] = [
  ...key,
  ["version", "bigint"],
  ["expires_at", "double precision"],
  ["body", "text"],
];
const replaced: readonly Column[] = [...columns, ["keeps_expiry", "boolean"]];

const insertDocuments = insertInto("documents", columns);
const replaceDocuments = {
  name: "replace_documents",
  text: `UPDATE documents d SET version = n.version, body = n.body,
           expires_at = CASE WHEN n.keeps_expiry THEN d.expires_at ELSE n.expires_at END
         FROM ${unnested(replaced, "n")} WHERE d.aggregate = n.aggregate AND d.id = n.id`,
};
const deleteDocuments = {
  name: "delete_documents",
  text: `DELETE FROM documents d USING ${unnested(key, "n")} WHERE d.aggregate = n.aggregate AND d.id = n.id`,
};

/** Writes the records that are aggregates of their own: workers, recipients, keys. Their rows are locked. */
export async function writeDocuments(
  queryable: Queryable,
  writes: readonly DocumentWrite[],
  values: Values,
): Promise<void> {
  const inserts: unknown[][] = [];
  const replacements: unknown[][] = [];
  const deletions: unknown[][] = [];
  for (const { storedVersion, version, change } of writes) {
    const { aggregate, id, expiresAt, body } = change;
    if (version === 0) {
      if (storedVersion > 0) deletions.push([aggregate, id]);
      continue;
    }
    const row = [aggregate, id, version, expiresAt, values.encode(body, "document", null)];
    if (storedVersion === 0) inserts.push(row);
    else replacements.push([...row, expiresAt === undefined]);
  }
  if (inserts.length > 0) await queryable.count(insertDocuments, byColumn(inserts, columns));
  if (replacements.length > 0) await queryable.count(replaceDocuments, byColumn(replacements, replaced));
  if (deletions.length > 0) await queryable.count(deleteDocuments, byColumn(deletions, key));
}
