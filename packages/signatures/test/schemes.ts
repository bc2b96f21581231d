import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  bearerVerifier,
  createSecret,
  githubVerifier,
  type Secrets,
  type SignedRequest,
  signGithub,
  signSlack,
  signStandardWebhook,
  signTwilio,
  signVapi,
  slackVerifier,
  standardWebhookVerifier,
  twilioVerifier,
  type VapiHmac,
  type Verifier,
  vapiVerifier,
} from "../src/index.js";

export const now = Date.UTC(2026, 2, 14, 9, 26, 53, 589);

/** Any characters, halves of surrogate pairs included. fast-check's own unit "binary" takes seconds to begin. */
const unit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
export const anyText = fc.string({ unit, maxLength: 300, size: "max" });

/** One scheme, seen from both ends, so that what holds for all is written once. */
export interface Scheme {
  readonly name: string;
  readonly header: string;
  /** Whether the signature covers a time, and the body. */
  readonly timed: boolean;
  readonly coversBody: boolean;
  newSecret(): string;
  verifier(secrets: Secrets): Verifier;
  sign(body: string, signedAt: number, secret: string): SignedRequest;
}

const url = "https://example.com/hooks/in?deliveryId=1";
let count = 0;
const plainSecret = () => `secret-${++count}-of-a-vendor`;

function request(body: string, headers: Record<string, string>, at = url): SignedRequest {
  return { method: "POST", url: at, headers: new Headers(headers), body };
}

function vapi(name: string, header: string, plan: Omit<VapiHmac, "secretKey">): Scheme {
  return {
    name,
    header,
    timed: plan.includeTimestamp !== false,
    coversBody: true,
    newSecret: plan.secretIsBase64 ? createSecret : plainSecret,
    verifier: (secretKey) => vapiVerifier({ type: "hmac", ...plan, secretKey }),
    sign: (body, signedAt, secretKey) =>
      request(body, signVapi({ id: "msg_1", body, now: signedAt, url }, { ...plan, secretKey })),
  };
}

export const schemes: readonly Scheme[] = [
  {
    name: "Standard Webhooks",
    header: "webhook-signature",
    timed: true,
    coversBody: true,
    newSecret: createSecret,
    verifier: standardWebhookVerifier,
    sign: (body, signedAt, secret) =>
      request(body, signStandardWebhook({ id: "msg_1", body, now: signedAt }, secret)),
  },
  {
    name: "Slack",
    header: "x-slack-signature",
    timed: true,
    coversBody: true,
    newSecret: plainSecret,
    verifier: slackVerifier,
    sign: (body, signedAt, secret) => request(body, signSlack({ body, now: signedAt }, secret)),
  },
  {
    name: "GitHub",
    header: "x-hub-signature-256",
    timed: false,
    coversBody: true,
    newSecret: plainSecret,
    verifier: githubVerifier,
    sign: (body, _, secret) => request(body, signGithub(body, secret)),
  },
  {
    name: "Twilio with a JSON body",
    header: "x-twilio-signature",
    timed: false,
    coversBody: true,
    newSecret: plainSecret,
    verifier: twilioVerifier,
    sign(body, _, secret) {
      const hash = createHash("sha256").update(body).digest("hex");
      const unsigned = request(body, { "content-type": "application/json" }, `${url}&bodySHA256=${hash}`);
      return request(body, signTwilio(unsigned, secret), unsigned.url);
    },
  },
  vapi("Vapi HMAC", "x-signature", { algorithm: "sha256" }),
  vapi("Vapi HMAC without a time", "x-hub", {
    algorithm: "sha1",
    includeTimestamp: false,
    signatureHeader: "x-hub",
    signaturePrefix: "sha1=",
    payloadFormat: "{method} {url} {body}",
  }),
  vapi("Vapi HMAC as Standard Webhooks", "webhook-signature", {
    algorithm: "sha512",
    signatureHeader: "webhook-signature",
    timestampHeader: "webhook-timestamp",
    messageIdHeader: "webhook-id",
    signaturePrefix: "v1,",
    payloadFormat: "{svix-id}.{timestamp}.{body}",
    signatureEncoding: "base64",
    secretIsBase64: true,
  }),
  {
    name: "Bearer",
    header: "authorization",
    timed: false,
    coversBody: false,
    newSecret: plainSecret,
    verifier: bearerVerifier,
    sign: (body, _, secret) => request(body, { authorization: `Bearer ${secret}` }),
  },
];

/** The same request with other headers; null takes one away. */
export function withHeaders(
  signed: SignedRequest,
  changes: Readonly<Record<string, string | null>>,
): SignedRequest {
  const headers = new Headers(signed.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return { ...signed, headers };
}
