const shortest = 4;

/**
 * Takes texts that must not be shown out of messages, also where a message quotes only their beginning, or has them
 * escaped as JSON or in a URL.
 */
export function createMask(secrets: readonly string[]): (message: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (message) =>
    forms.reduce(
      (text, form) => (form.length < shortest ? text.replaceAll(`"${form}"`, '"…"') : cut(text, form)),
      message,
    );
}

/** Replaces each run of at least the first letters of `secret`, as far as it goes. */
function cut(text: string, secret: string): string {
  const start = secret.slice(0, Math.max(shortest, Math.min(8, secret.length)));
  let result = "";
  let from = 0;
  for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, from)) {
    let end = at + start.length;
    while (end < text.length && text[end] === secret[end - at]) end += 1;
    result += `${text.slice(from, at)}…`;
    from = end;
  }
  return result + text.slice(from);
}

function formsOf(secret: string): string[] {
  const forms = [secret, JSON.stringify(secret).slice(1, -1), converted(secret, encodeURI)];
  if (URL.canParse(secret)) {
    const { href, username, password, host, hostname, search, hash, pathname } = new URL(secret);
    forms.push(href, ...[username, password, host, hostname, search, hash, pathname].filter(isLong));
    forms.push(...[username, password].filter(isLong).map((part) => converted(part, decodeURIComponent)));
  }
  return forms.filter((form) => form !== "");
}

const isLong = (part: string) => part.length >= shortest;

/** As it is where it cannot be converted, e.g. for half a surrogate pair. */
function converted(text: string, convert: (text: string) => string): string {
  try {
    return convert(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
