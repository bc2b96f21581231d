import type { SandboxMail } from "./server.js";

/** The sandbox's mails as one plain page, newest first, without scripts. */
export function renderPage(mails: readonly SandboxMail[]): string {
  const list = mails.map(renderMail).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>E-mail sandbox</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
article { border: 1px solid #ccc; border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0 }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere }
p { margin: .25rem 0; color: #555; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0 }
</style>
</head>
<body>
<h1>E-mail sandbox</h1>
<p>${mails.length === 0 ? "No mail yet." : `${mails.length} mails, newest first.`} Nothing here has left this machine.</p>
${list}
</body>
</html>
`;
}

function renderMail({ direction, mail }: SandboxMail): string {
  const from = mail.fromName === "" ? mail.from : `${mail.fromName} (${mail.from})`;
  return `<article>
<h2>${escapeHtml(mail.subject === "" ? "(no subject)" : mail.subject)}</h2>
<p>${direction === "in" ? "received" : "sent"} ${escapeHtml(mail.date)}, from ${escapeHtml(from)} to ${escapeHtml(mail.to)}</p>
<pre>${escapeHtml(mail.text)}</pre>
</article>`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
