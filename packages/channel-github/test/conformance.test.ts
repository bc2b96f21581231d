import { channelSuite, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { githubChannel } from "../src/index.js";
import { githubServer, type Misbehaviour, token } from "./github-server.js";
import { start } from "./harness.js";

function subject(misbehaviour: Misbehaviour | null = null, ownToken = token) {
  return async () => {
    const github = await githubServer();
    github.misbehave(misbehaviour);
    const { channel, stop } = await start({ baseUrl: github.url, token: ownToken });
    return {
      channel,
      effects: () => github.issues.map(({ body }) => body),
      requests: () => github.requests.length,
      async dispose() {
        await github.close();
        await stop();
      },
    };
  };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the GitHub channel is a channel",
  create: subject(),
  recipient: sampleRecipient({ addresses: { github: "acme/desk" } }),
  unreachable: sampleRecipient({ addresses: { github: "no repository" } }),
  failures: {
    permanent: subject({ status: 422, body: { message: "Validation Failed" } }),
    retryable: async () => {
      const github = await githubServer();
      await github.close();
      const { channel, stop } = await start({ baseUrl: github.url });
      return { channel, dispose: stop };
    },
    rateLimited: subject({ status: 429, headers: { "retry-after": "7" } }),
    ambiguous: subject("cut"),
    misconfigured: subject(null, "another_token"),
  },
  hanging: subject("hang"),
  plugin: () => githubChannel({ token, webhookSecret: "secret" }),
  secrets: [token, "another_token"],
});
