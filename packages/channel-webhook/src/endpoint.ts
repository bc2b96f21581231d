import { addressOn, type Recipient } from "@hybrid-orchestrator/core";
import { checkUrl } from "@hybrid-orchestrator/safe-http";
import type { Settings } from "./config.js";

type EndpointSettings = Pick<Settings, "name" | "url" | "urlPolicy">;

/** Where a message to this recipient goes; undefined where there is no such address. */
export function endpointOf(recipient: Recipient, { url, name }: EndpointSettings): string | undefined {
  if (url !== undefined) return url;
  const address = addressOn(recipient, name);
  return address === "" ? undefined : address;
}

/** The endpoint in one spelling; undefined where it could not be written to anyway. */
export function destinationOf(recipient: Recipient, settings: EndpointSettings): string | undefined {
  const endpoint = endpointOf(recipient, settings);
  // The channel's own was checked when it was configured.
  if (endpoint === undefined || endpoint === settings.url) return endpoint;
  const check = checkUrl(endpoint, settings.urlPolicy);
  return check.allowed ? check.url.href : undefined;
}
