import type { Page, Storage, StoredDocument } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, readTextCursor } from "./cursors.js";
import { type DocumentRow, documentColumns, toDocument } from "./document-row.js";
import { toPage } from "./pages.js";
import { direction, statementCache, where } from "./query.js";

type DocumentQuery = Parameters<Storage["listDocuments"]>[0];

/** Lists the records of one aggregate by their ids, the expired ones that were not purged included. */
export function prepareDocumentListing({ db, values }: Connection) {
  const statement = statementCache(db);

  return (query: DocumentQuery): Page<StoredDocument> => {
    const { aggregate, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `documents:${aggregate}:${order}`;
    const { sql, parameters } = where(
      ["aggregate = ?", aggregate],
      [`id ${towards.after} ?`, readTextCursor(listing, query.cursor)],
    );
    const select = statement(
      `SELECT ${documentColumns} FROM documents WHERE ${sql} ORDER BY id ${towards.sql} LIMIT ?`,
    );
    return toPage(select.all(...parameters, limit + 1) as DocumentRow[], limit, {
      listing,
      keysOf: ({ id }) => [id],
      toItem: (row) => toDocument(row, aggregate, values),
    });
  };
}
