import { equalText } from "@hybrid-orchestrator/signatures";

/** Whether an Authorization header carries the key. How long it takes tells nothing about the key. */
export function bearerCheck(key: string): (authorization: string | undefined) => boolean {
  return (authorization) => {
    const token = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1]?.trim() ?? "";
    return equalText(token, key);
  };
}
