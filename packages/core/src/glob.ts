export type Matcher = (text: string) => boolean;

/**
 * Compiles a glob: `*` is any text, `?` any one character, everything else itself; the whole text must match, and case
 * counts. Own code instead of a library, because the usual ones know paths, braces and negation, which names and types
 * must not suddenly mean, and because this one never takes more than length × length steps.
 */
export function compileGlob(pattern: string): Matcher {
  if (pattern === "*") return () => true;
  if (!isGlob(pattern)) return (text) => text === pattern;
  return (text) => {
    let at = 0;
    let place = 0;
    let star = -1;
    let starAt = 0;
    while (at < text.length) {
      const wanted = pattern[place];
      if (wanted === "*") {
        star = place++;
        starAt = at;
      } else if (wanted === "?" || wanted === text[at]) {
        place++;
        at++;
      } else if (star >= 0) {
        place = star + 1;
        at = ++starAt;
      } else {
        return false;
      }
    }
    while (pattern[place] === "*") place++;
    return place === pattern.length;
  };
}

export function isGlob(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}
