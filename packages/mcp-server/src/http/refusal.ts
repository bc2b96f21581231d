/** An answer in the shape in which MCP clients look for an error, also before there is a JSON-RPC request to answer. */
export function refusal(status: number, message: string, headers: Record<string, string> = {}): Response {
  const body = { jsonrpc: "2.0", error: { code: -32_000, message }, id: null };
  return Response.json(body, { status, headers });
}
