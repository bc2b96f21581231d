import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export const token = "github_pat_11AAAA_secretsecret";

interface WrittenIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly comments: { readonly id: number; readonly body: string }[];
}

/** An answer instead of GitHub's usual one. `hang` never answers, `cut` ends the connection without a word. */
export type Misbehaviour =
  | "hang"
  | "cut"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

export interface GithubServer {
  readonly url: string;
  readonly issues: WrittenIssue[];
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
  }[];
  misbehave(how: Misbehaviour | null): void;
  close(): Promise<void>;
}

const repository = "acme/desk";

/**
 * The part of GitHub's REST API that the channel uses, with the shapes, headers and refusals of its documentation
 * (docs.github.com, "REST API endpoints for issues", "for issue comments", "Getting started with the REST API").
 */
export async function githubServer(): Promise<GithubServer> {
  const issues: WrittenIssue[] = [];
  const requests: GithubServer["requests"] = [];
  let misbehaviour: Misbehaviour | null = null;
  let lastCommentId = 1_000;

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const raw = await buffer(request);
    requests.push({ method, path: url, headers });
    if (misbehaviour === "hang") return;
    if (misbehaviour === "cut") return void response.destroy();
    if (misbehaviour !== null) {
      const { status, headers: extra = {}, body = { message: "No" } } = misbehaviour;
      return answer(response, status, body, extra);
    }
    if (headers["user-agent"] === undefined)
      return answer(response, 403, { message: "Request forbidden by administrative rules." });
    if (headers.authorization !== `Bearer ${token}`)
      return answer(response, 401, { message: "Bad credentials" });
    if (headers["x-github-api-version"] !== "2022-11-28")
      return answer(response, 400, { message: "Invalid API version" });

    const [, name, , numberText, comments] =
      /^\/api\/v3\/repos\/([^/]+\/[^/]+)(\/issues(?:\/(\d+)(\/comments))?)?$/.exec(url) ?? [];
    if (name?.toLowerCase() !== repository) return answer(response, 404, { message: "Not Found" });
    if (method === "GET") return answer(response, 200, { full_name: repository });
    const sent = JSON.parse(raw.toString("utf8")) as { title?: string; body?: string; labels?: string[] };
    if (comments === undefined) {
      const { title = "", body = "", labels = [] } = sent;
      if (title.trim() === "" || title.length > 256 || body.length > 65_536) return invalid(response);
      const issue = { number: issues.length + 1, title, body, labels, comments: [] };
      issues.push(issue);
      return answer(response, 201, {
        id: 900_000 + issue.number,
        number: issue.number,
        html_url: `https://github.com/${repository}/issues/${issue.number}`,
        state: "open",
        title,
        body,
        labels: labels.map((label) => ({ name: label })),
      });
    }
    const issue = issues[Number(numberText) - 1];
    if (issue === undefined) return answer(response, 410, { message: "This issue was deleted" });
    const { body = "" } = sent;
    if (body.trim() === "" || body.length > 65_536) return invalid(response);
    lastCommentId += 1;
    issue.comments.push({ id: lastCommentId, body });
    answer(response, 201, { id: lastCommentId, body });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    // As an Enterprise Server has it, below a path.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
    issues,
    requests,
    misbehave(how) {
      misbehaviour = how;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function invalid(response: ServerResponse): void {
  answer(response, 422, { message: "Validation Failed", errors: [{ resource: "Issue", code: "custom" }] });
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4999",
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1_000) + 3_600),
    ...headers,
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
