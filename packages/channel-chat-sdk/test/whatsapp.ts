import { createHmac } from "node:crypto";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { silent } from "../src/silent-logger.js";
import { type Answer, answerJson, type PlatformServer, platformServer } from "./platform-server.js";

export const accessToken = "EAASecretAccessTokenOfTheApp";
export const appSecret = "0123456789abcdef-secret-of-the-app";
export const verifyToken = "token-of-the-challenge";
const phoneNumberId = "106540352242922";
export const waId = "14155550123";
export const thread = `whatsapp:${phoneNumberId}:${waId}`;

/** Source: developers.facebook.com/docs/whatsapp/cloud-api/reference/messages. */
export function whatsAppServer(sending?: Answer): Promise<PlatformServer> {
  let count = 0;
  return platformServer((call, response) => {
    if (!/^\/v[\d.]+\/106540352242922\/messages$/.test(call.path))
      return graphError(404, 100, "Unsupported post request")(call, response);
    if (call.headers.authorization !== `Bearer ${accessToken}`)
      return graphError(401, 190, "Invalid OAuth access token")(call, response);
    if (sending !== undefined) return sending(call, response);
    count += 1;
    const to = String(call.body.to);
    answerJson(response, 200, {
      messaging_product: "whatsapp",
      contacts: [{ input: to, wa_id: to }],
      messages: [{ id: `wamid.OUT${count}` }],
    });
  });
}

export function graphError(status: number, code: number, message: string): Answer {
  return (_, response) =>
    answerJson(response, status, {
      error: { message, type: "OAuthException", code, fbtrace_id: "Az8or2yhqkZfEZ" },
    });
}

export function whatsAppAdapter(apiUrl: string) {
  return createWhatsAppAdapter({
    accessToken,
    appSecret,
    phoneNumberId,
    verifyToken,
    apiUrl,
    userName: "assistant",
    logger: silent,
  });
}

/** What Meta posts around messages. Source: developers.facebook.com, "Webhooks notification payload reference". */
export function notification(...messages: object[]): string {
  return JSON.stringify({
    object: "whatsapp_business_account",
    entry: [
      {
        id: "102290129340398",
        changes: [
          {
            field: "messages",
            value: {
              messaging_product: "whatsapp",
              metadata: { display_phone_number: "15550783881", phone_number_id: phoneNumberId },
              contacts: [{ profile: { name: "Ada" }, wa_id: waId }],
              messages,
            },
          },
        ],
      },
    ],
  });
}

export function textMessage(body: string, changes: object = {}): object {
  return {
    from: waId,
    id: "wamid.IN1",
    timestamp: "1735689600",
    type: "text",
    text: { body },
    ...changes,
  };
}

export function signedBy(secret: string, body: string): Record<string, string> {
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}
