const units = [
  { name: "d", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "min", seconds: 60 },
  { name: "s", seconds: 1 },
] as const;

/** A time for people, in its two largest units, rounded down: `1 d 2 h`, `5 min`, `40 s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts: { readonly place: number; readonly text: string }[] = [];
  units.forEach(({ name, seconds }, place) => {
    const number = Math.floor(rest / seconds);
    rest -= number * seconds;
    if (number > 0) parts.push({ place, text: `${number} ${name}` });
  });
  const [first, second] = parts;
  if (first === undefined) return "0 s";
  return second?.place === first.place + 1 ? `${first.text} ${second.text}` : first.text;
}

/** The same in words of a language, in the largest unit that it is a whole number of: `24 hours`, `90 Sekunden`. */
export function spellDuration(seconds: number, locale: string): string {
  const fitting = spelled.find((unit) => seconds >= unit.seconds && seconds % unit.seconds === 0);
  const { unit, seconds: size } = fitting ?? { unit: "second", seconds: 1 };
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

const spelled = [
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
] as const;
