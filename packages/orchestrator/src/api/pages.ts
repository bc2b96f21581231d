import type { Page } from "@hybrid-orchestrator/core";

const pageSize = 500;

/** All pages of a listing, one after the other. */
export async function* pagesOf<Item>(
  list: (page: { readonly limit: number; readonly cursor: string | null }) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await list({ limit: pageSize, cursor });
    if (page.items.length > 0) yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
