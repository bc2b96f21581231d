// RFC 4648, in lower case and without padding. No 0 and 1, which are mistaken for o and l.
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 31];
}

/** Upper case counts as lower case. Undefined unless `text` is exactly what {@link toBase32} writes for some bytes. */
export function fromBase32(text: string): Uint8Array | undefined {
  if (!/^[a-z2-7]*$/i.test(text)) return undefined;
  const lower = text.toLowerCase();
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (const character of lower) {
    held = ((held << 5) | alphabet.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (held >> bits) & 0xff;
    }
  }
  // Bits that are left over would let one token be written in several ways.
  return toBase32(bytes) === lower ? bytes : undefined;
}
