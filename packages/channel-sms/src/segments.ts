/** What a text becomes when it leaves as SMS. `units` are septets in GSM-7 and UTF-16 units in UCS-2. */
export interface SegmentCount {
  readonly encoding: "GSM-7" | "UCS-2";
  readonly units: number;
  readonly segments: number;
}

// 3GPP TS 23.038, 6.2.1: the default alphabet and its extension table. The escape itself is no character.
const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extended = new Set("\f^{}\\[~]|€");

/** How many units a text of one segment, and each segment of a longer one, may have (TS 23.040, 9.2.3.24.1). */
export const segmentUnits = { "GSM-7": [160, 153], "UCS-2": [70, 67] } as const;

/**
 * How many segments Twilio sends and charges for. No character is cut in two: an escaped one of GSM-7 and a surrogate
 * pair go to the next segment as a whole. A text without characters has none.
 */
export function countSegments(text: string): SegmentCount {
  const characters = [...text];
  const encoding = characters.every((character) => basic.has(character) || extended.has(character))
    ? "GSM-7"
    : "UCS-2";
  const sizes = characters.map((character) => {
    if (encoding === "UCS-2") return character.length;
    return extended.has(character) ? 2 : 1;
  });
  const units = sizes.reduce<number>((sum, size) => sum + size, 0);
  const [alone, joined] = segmentUnits[encoding];
  if (units <= alone) return { encoding, units, segments: units === 0 ? 0 : 1 };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > joined) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, units, segments };
}
