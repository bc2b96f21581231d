import { systemClock } from "@hybrid-orchestrator/core";
import { type ChannelSubject, channelSuite, recordingHost } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { createEmailAgent } from "../../../apps/email-agent/src/index.js";
import { startScriptedSmtp, startSmtp, type TestSmtp } from "../../mail/test/support/smtp.js";
import { type EmailChannelConfig, emailChannel } from "../src/index.js";
import { agentServer, type Failure } from "./agent-server.js";
import { password, smtpConfig, tokenKeys } from "./harness.js";

const unreachable = { id: "nobody", email: "not an address", available: true };
const apiKey = "the-service-api-key";
const secrets = [password, apiKey, tokenKeys[0]?.secret ?? ""];
const nowhere = 9;

async function subjectOf(
  config: EmailChannelConfig,
  rest: Omit<ChannelSubject, "channel" | "dispose"> & { close?: () => unknown } = {},
): Promise<ChannelSubject> {
  const { close, ...probes } = rest;
  const recording = recordingHost({ clock: systemClock });
  await emailChannel(config).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return {
    channel,
    ...probes,
    async dispose() {
      await recording.stop();
      await close?.();
    },
  };
}

const texts = (smtp: TestSmtp) => () => smtp.taken.map(({ raw }) => raw.split("text/html", 1)[0] ?? "");

async function bySmtp(): Promise<ChannelSubject> {
  const smtp = await startSmtp();
  return subjectOf(smtpConfig(smtp.port), { effects: texts(smtp), close: smtp.close });
}

/** A server that answers one step otherwise; with silence it never answers. */
const answering = (step: RegExp, answer: string) => async (): Promise<ChannelSubject> => {
  let mails = 0;
  const server = await startScriptedSmtp((line) => {
    if (/^MAIL/i.test(line)) mails += 1;
    if (step.test(line)) return answer;
    return /^DATA/i.test(line) ? "354 go on" : "250 ok";
  });
  return subjectOf(smtpConfig(server.port), { requests: () => mails, close: server.close });
};

channelSuite({
  describe,
  it,
  expect,
  name: "the e-mail channel by SMTP",
  create: bySmtp,
  unreachable,
  failures: {
    permanent: answering(/^RCPT/i, "550 5.1.1 <ada@example.com> unknown"),
    retryable: () => subjectOf(smtpConfig(nowhere)),
    rateLimited: answering(/^RCPT/i, "451 4.7.1 <ada@example.com> try again in 60 seconds"),
    ambiguous: answering(/^\.$/, "hang up"),
    misconfigured: answering(/^MAIL/i, "530 5.7.0 authentication required"),
  },
  hanging: answering(/^\.$/, "silence"),
  plugin: () => emailChannel(smtpConfig(nowhere)),
  secrets,
});

async function byAgent(): Promise<ChannelSubject> {
  const agent = createEmailAgent({ sandbox: true, serviceApiKey: apiKey, port: 0, stopTimeoutSeconds: 1 });
  const { url } = await agent.start();
  const sent = async () => {
    const response = await fetch(`${url}/sandbox/messages`);
    const mails = (await response.json()) as { direction: string; mail: { text: string } }[];
    return mails.filter(({ direction }) => direction === "out").map(({ mail }) => mail.text);
  };
  return subjectOf(orchestratorConfig(url), { effects: sent, close: agent.stop });
}

function orchestratorConfig(url: string): EmailChannelConfig {
  return { way: "orchestrator", baseUrl: url, apiKey, trustedOrigins: [url], timeoutSeconds: 10 };
}

const failing = (failure: Failure) => async (): Promise<ChannelSubject> => {
  const server = await agentServer({ failure });
  return subjectOf(orchestratorConfig(server.url), {
    requests: () => server.sends.length,
    close: server.close,
  });
};

channelSuite({
  describe,
  it,
  expect,
  name: "the e-mail channel through an e-mail agent",
  create: byAgent,
  unreachable,
  failures: {
    permanent: failing({ status: 422, body: { success: false, outcome: "permanent" } }),
    retryable: () => subjectOf(orchestratorConfig(`http://127.0.0.1:${nowhere}`)),
    rateLimited: failing({ status: 503, headers: { "retry-after": "60" } }),
    ambiguous: failing("hang up"),
    misconfigured: failing({ status: 401 }),
  },
  hanging: failing("silence"),
  plugin: () => emailChannel(orchestratorConfig(`http://127.0.0.1:${nowhere}`)),
  secrets,
});

function demoConfig(url: string, smtpPort: number): EmailChannelConfig {
  const { from, smtp } = smtpConfig(smtpPort);
  return { way: "public-demo", baseUrl: url, trustedOrigins: [url], sender: { from, smtp, tokenKeys } };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the e-mail channel with the public demo of an e-mail agent and a sender",
  async create() {
    const smtp = await startSmtp();
    const server = await agentServer({ profile: "public-demo" });
    return subjectOf(demoConfig(server.url, smtp.port), {
      effects: texts(smtp),
      close: () => Promise.all([smtp.close(), server.close()]),
    });
  },
  unreachable,
  failures: { retryable: () => subjectOf(demoConfig(`http://127.0.0.1:${nowhere}`, nowhere)) },
  plugin: () => emailChannel(demoConfig(`http://127.0.0.1:${nowhere}`, nowhere)),
  secrets,
});
