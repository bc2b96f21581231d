/** Source: docs.slack.dev, "Formatting message text": these three and no others. */
const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Text in which nobody can hide a mention, a link with another name or a call to the whole channel. */
export function escapeText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd").replace(/[&<>]/g, (sign) => escapes[sign] ?? sign);
}

/**
 * Escaped text in pieces of at most `maxLength` UTF-16 units, cut after a line break or a space where there is one, and
 * never within a character or an escape.
 */
export function escapedPieces(text: string, maxLength: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const sign of text) {
    const escaped = escapeText(sign);
    while (piece.length + escaped.length > maxLength) {
      const end = Math.max(piece.lastIndexOf("\n"), piece.lastIndexOf(" ")) + 1;
      const cut = end === 0 ? piece.length : end;
      pieces.push(piece.slice(0, cut));
      piece = piece.slice(cut);
    }
    piece += escaped;
  }
  // One without anything to see would be refused.
  return [...pieces, piece].filter((text) => text.trim() !== "");
}

/** What people wrote, from the text of an event: links, mentions and escapes as they were seen. */
export function plainText(text: string): string {
  return text
    .replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, target: string, label: string | undefined) => {
      const sign = target[0];
      if (sign === "@" || sign === "#") return label ? `${sign}${label}` : target;
      if (sign === "!") return label || `@${target.slice(1)}`;
      const address = target.replace(/^(mailto|tel):/, "");
      // A link that Slack found by itself is shown as its address, without the scheme or with it.
      return !label || address.endsWith(label) ? address : `${label} (${address})`;
    })
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
