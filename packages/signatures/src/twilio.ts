import { createHash, createHmac } from "node:crypto";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { equalText } from "./compare.js";
import { type Secrets, secretList } from "./secrets.js";
import { fingerprint, type Refused, refuse, type SignedRequest, type Verifier } from "./verdict.js";

const signatureHeader = "x-twilio-signature";

type TwilioRequest = Pick<SignedRequest, "url" | "headers" | "body">;

/**
 * Checks webhooks of Twilio. They carry no time: a replay is known by its signature alone, for as long as the seen ids
 * are kept. Source: twilio.com/docs, "Webhooks Security", and the package `twilio`, with which the tests compare.
 * @throws OrchestratorError `invalid_configuration`
 */
export function twilioVerifier(authTokens: Secrets): Verifier {
  const tokens = secretList(authTokens, "Twilio auth token");
  return (request) => {
    const sent = request.headers.get(signatureHeader);
    if (sent === null) return refuse("missing", `no header ${signatureHeader}`);
    if (!URL.canParse(request.url)) return refuse("malformed", "the URL is not absolute");
    const parameters = signedParameters(request);
    if (typeof parameters !== "string") return parameters;
    const signature = tokens
      .flatMap((token) => spellings(request.url).map((url) => sign(url + parameters, token)))
      .find((expected) => equalText(sent, expected));
    return signature === undefined
      ? refuse("mismatch", "the signature fits no known auth token, or Twilio called another URL")
      : { ok: true, id: fingerprint(signature) };
  };
}

/**
 * The header with which Twilio would send a request. Any other body than a form needs its hash in the URL, as
 * `bodySHA256`.
 * @throws OrchestratorError `invalid_argument` where it lacks that.
 */
export function signTwilio(request: TwilioRequest, authToken: string): Record<string, string> {
  const [token] = secretList(authToken, "Twilio auth token");
  const parameters = signedParameters(request);
  if (typeof parameters !== "string")
    throw new OrchestratorError("invalid_argument", `Twilio would not sign this: ${parameters.detail}.`);
  return { [signatureHeader]: sign(request.url + parameters, token) };
}

function sign(text: string, token: string): string {
  return createHmac("sha1", token).update(text).digest("base64");
}

/** What follows the URL in the signed text; a refusal where the signature says nothing about the body. */
function signedParameters({ url, headers, body }: TwilioRequest): string | Refused {
  const bodyHash = new URL(url).searchParams.get("bodySHA256");
  if (bodyHash !== null) {
    const fits = equalText(bodyHash, createHash("sha256").update(body).digest("hex"));
    return fits ? "" : refuse("mismatch", "the body does not have the hash that the URL names");
  }
  if (body === "") return "";
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    return refuse("malformed", "the body is no form, and the URL does not name its hash");
  return formParameters(body);
}

/** Names and values, sorted by both; what is named twice with one value counts once, as in Twilio's library. */
function formParameters(body: string): string {
  const values = new Map<string, Set<string>>();
  // Without the "&", URLSearchParams would drop a "?" at the beginning.
  for (const [name, value] of new URLSearchParams(`&${body}`))
    values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values.keys()]
    .sort()
    .flatMap((name) => [...(values.get(name) ?? [])].sort().map((value) => name + value))
    .join("");
}

/**
 * The ways to write a URL that Twilio may have signed: with the standard port or without any, as it came or as the URL
 * standard writes it, and with the query escaped otherwise, since `Request` has already turned a quote into `%27`.
 */
function spellings(url: string): readonly string[] {
  const normalized = new URL(url).toString();
  const ported = [url, normalized].flatMap((spelling) => [withoutPort(spelling), withPort(spelling)]);
  return [...new Set(ported.flatMap((spelling) => [spelling, withEscapedQuery(spelling)]))];
}

const urlPattern = /^(https?:\/\/(?:[^/?#]*@)?)(\[[^/?#\]]*\]|[^/?#:[\]]*)(:\d*)?(?=[/?#]|$)/i;

function withoutPort(url: string): string {
  return url.replace(urlPattern, "$1$2");
}

function withPort(url: string): string {
  const [whole = "", before = "", host = "", port] = urlPattern.exec(url) ?? [];
  if (whole === "" || port !== undefined) return url;
  const standard = before.toLowerCase().startsWith("https") ? ":443" : ":80";
  return before + host + standard + url.slice(whole.length);
}

function withEscapedQuery(url: string): string {
  const start = url.indexOf("?") + 1;
  if (start === 0 || start === url.length) return url;
  const pairs = [...new URLSearchParams(`&${url.slice(start)}`)].map((pair) =>
    pair.map(encodeURIComponent).join("="),
  );
  return url.slice(0, start) + pairs.join("&");
}
