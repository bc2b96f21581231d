/** Twilio's answer to an incoming message: a text that it sends back, or nothing. */
export function twiml(text?: string): Response {
  const content = text === undefined ? "" : `<Message>${escaped(text)}</Message>`;
  return new Response(`<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>`, {
    headers: { "content-type": "text/xml; charset=utf-8" },
  });
}

/** As text of an element. Characters that XML cannot hold are left out: Twilio would reject the whole answer. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
