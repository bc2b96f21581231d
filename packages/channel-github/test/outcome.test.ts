import { expect, it } from "vitest";
import type { Misbehaviour } from "./github-server.js";
import { now, pair } from "./harness.js";

const inSeconds = (seconds: number) => String(now / 1_000 + seconds);
const secondary = { message: "You have exceeded a secondary rate limit. Please wait a few minutes." };

const issues: [string, Misbehaviour, object][] = [
  ["a wrong token", { status: 401 }, { outcome: "misconfigured" }],
  [
    "a missing permission",
    { status: 403, body: { message: "Resource not accessible" } },
    { outcome: "misconfigured" },
  ],
  ["an unknown repository", { status: 404 }, { outcome: "misconfigured" }],
  ["disabled issues", { status: 410 }, { outcome: "misconfigured" }],
  [
    "a repository that has moved",
    { status: 307, headers: { location: "/repositories/1/issues" } },
    { outcome: "misconfigured" },
  ],
  ["what does not validate", { status: 422 }, { outcome: "permanent" }],
  ["what cannot be parsed", { status: 400 }, { outcome: "permanent" }],
  [
    "the primary limit",
    { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(90) } },
    { outcome: "retryable", retryAfterMs: 90_000 },
  ],
  [
    "the primary limit, over already",
    { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(-5) } },
    { outcome: "retryable", retryAfterMs: 1_000 },
  ],
  [
    "a secondary limit with a time",
    { status: 403, headers: { "retry-after": "30" } },
    { outcome: "retryable", retryAfterMs: 30_000 },
  ],
  [
    "a secondary limit with a date",
    { status: 429, headers: { "retry-after": new Date(now + 45_000).toUTCString() } },
    { outcome: "retryable", retryAfterMs: 45_000 },
  ],
  [
    "a secondary limit without a time",
    { status: 403, body: secondary },
    { outcome: "retryable", retryAfterMs: 60_000 },
  ],
  ["a bare 429", { status: 429, body: "" }, { outcome: "retryable", retryAfterMs: 60_000 }],
  [
    "an unreadable Retry-After",
    { status: 429, headers: { "retry-after": "soon" } },
    { outcome: "retryable", retryAfterMs: 60_000 },
  ],
  ["an error of GitHub's", { status: 500 }, { outcome: "ambiguous" }],
  ["an overload", { status: 503, headers: { "retry-after": "5" } }, { outcome: "ambiguous" }],
  ["a success that it does not document", { status: 202 }, { outcome: "ambiguous" }],
  ["a connection that breaks", "cut", { outcome: "ambiguous" }],
  ["a success that cannot be read", { status: 201, body: "<html>" }, { outcome: "sent" }],
  ["a success without a number", { status: 201, body: { number: "12" } }, { outcome: "sent" }],
];

it.each(issues)("an issue meets %s", async (_, misbehaviour, expected) => {
  const { github, send } = await pair();
  github.misbehave(misbehaviour);
  expect(await send()).toMatchObject(expected);
  expect(github.requests).toHaveLength(1);
});

const comments: [string, Misbehaviour | null, object][] = [
  ["an issue that was deleted", null, { outcome: "permanent", reason: "The session's issue was deleted." }],
  [
    "an issue that is locked",
    { status: 403, body: { message: "Unable to create comment because issue is locked." } },
    { outcome: "permanent", reason: "The issue is locked." },
  ],
  ["a repository that is gone", { status: 404 }, { outcome: "misconfigured" }],
  ["a success that cannot be read", { status: 201, body: "" }, { outcome: "sent" }],
];

it.each(comments)("a comment meets %s", async (_, misbehaviour, expected) => {
  const { github, send } = await pair();
  github.misbehave(misbehaviour);
  expect(await send({ thread: "acme/desk#7" })).toMatchObject(expected);
});

it("gives up an answer that takes too long, as ambiguous", async () => {
  const { github, send } = await pair({ timeoutMs: 50 });
  github.misbehave("hang");
  expect(await send()).toMatchObject({ outcome: "ambiguous" });
});

it("does not write to a thread that is no issue", async () => {
  const { github, send } = await pair();
  expect(await send({ thread: "acme/desk#0/../../x" })).toMatchObject({ outcome: "permanent" });
  expect(github.requests).toEqual([]);
});
