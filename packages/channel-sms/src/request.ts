import type { SmsSettings } from "./config.js";

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OutgoingMessage {
  readonly to: string;
  readonly text: string;
  readonly deliveryId: string;
}

/** The request that creates a message. Source: twilio.com/docs/messaging/api/message-resource. */
export function createMessageRequest(settings: SmsSettings, message: OutgoingMessage): OutgoingRequest {
  const { baseUrl, accountSid, from, messagingServiceSid } = settings;
  const statusCallback = statusCallbackUrl(settings, message.deliveryId);
  const form = new URLSearchParams({
    To: message.to,
    ...(from !== undefined && { From: from }),
    ...(messagingServiceSid !== undefined && { MessagingServiceSid: messagingServiceSid }),
    Body: message.text,
    ...(statusCallback !== undefined && { StatusCallback: statusCallback }),
  });
  return {
    url: `${baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
    headers: {
      authorization: authorization(settings),
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: form.toString(),
  };
}

/** Where the server mounts a route of this plugin, as Twilio calls it; undefined without `publicUrl`. */
export function hookUrl({ publicUrl, name }: SmsSettings, path: string): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl}/hooks/${encodeURIComponent(name)}${path}`;
}

function statusCallbackUrl(settings: SmsSettings, deliveryId: string): string | undefined {
  const url = hookUrl(settings, "/status");
  return url === undefined ? undefined : `${url}?${new URLSearchParams({ delivery: deliveryId })}`;
}

function authorization({ accountSid, authToken, apiKey }: SmsSettings): string {
  const [firstToken = ""] = [authToken].flat();
  const credentials = apiKey === undefined ? `${accountSid}:${firstToken}` : `${apiKey.sid}:${apiKey.secret}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
