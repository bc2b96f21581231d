/** What every answer carries, whoever made it. A handler may choose its own caching and content policy. */
export function secure(headers: Headers, requestId: string): void {
  headers.set("x-request-id", requestId);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.delete("x-powered-by");
  headers.delete("server");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  // Answers are for machines. Should one be opened in a browser, it loads and runs nothing.
  if (!headers.has("content-security-policy"))
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
}
