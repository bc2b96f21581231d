import { verify as octokitVerify, sign } from "@octokit/webhooks-methods";
import fc from "fast-check";
import { expect, it } from "vitest";
import { githubVerifier, signGithub, signSlack, slackVerifier } from "../src/index.js";

const url = "https://example.com/in";

// The example of docs.slack.dev/authentication/verifying-requests-from-slack
const slackSecret = "8f742231b10e8888abcd99yyyzzz85a5";
const slackBody =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const slackHeaders = {
  "x-slack-request-timestamp": "1531420618",
  "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
};

it("signs and verifies the example of Slack's documentation", () => {
  const now = 1531420618_000;
  expect(signSlack({ body: slackBody, now }, slackSecret)).toEqual(slackHeaders);
  const request = { method: "POST", url, headers: new Headers(slackHeaders), body: slackBody };
  expect(slackVerifier(slackSecret)(request, now)).toMatchObject({ ok: true, signedAt: now });
});

it("signs and verifies the example of GitHub's documentation", () => {
  const headers = signGithub("Hello, World!", "It's a Secret to Everybody");
  expect(headers).toEqual({
    "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  });
  const request = { method: "POST", url, headers: new Headers(headers), body: "Hello, World!" };
  expect(githubVerifier("It's a Secret to Everybody")(request, 0).ok).toBe(true);
});

it("agrees with GitHub's own library", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 });
  const secrets = text.filter((secret) => secret.trim() === secret);
  await fc.assert(
    fc.asyncProperty(text, secrets, async (body, secret) => {
      const headers = signGithub(body, secret);
      expect(headers["x-hub-signature-256"]).toBe(await sign(secret, body));
      expect(await octokitVerify(secret, body, headers["x-hub-signature-256"]!)).toBe(true);
    }),
  );
});

it("knows a replay from GitHub by what is signed, not by the delivery's header", () => {
  const verify = githubVerifier("secret");
  const idOf = (body: string, delivery: string) => {
    const headers = new Headers({ ...signGithub(body, "secret"), "x-github-delivery": delivery });
    const verdict = verify({ method: "POST", url, headers, body }, 0);
    return verdict.ok ? verdict.id : undefined;
  };
  expect(idOf("{}", "1")).toBeDefined();
  expect(idOf("{}", "2")).toBe(idOf("{}", "1"));
  expect(idOf("[]", "1")).not.toBe(idOf("{}", "1"));
});
