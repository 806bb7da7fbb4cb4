/** Fills `{name}` in a sentence that came from the page. Unknown names stay, so a wrong template is seen. */
export const fill = (sentence: string, values: Record<string, string | number>): string =>
  sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));

/** 312 KB, 1,4 MB: bytes for people, decimal comma as the page's language wants it. */
export function bytes(count: number, language: string): string {
  const [value, unit, digits] = count < 1_000_000 ? [count / 1000, "KB", 0] as const : [count / 1_000_000, "MB", 1] as const;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(Math.max(value, 1))} ${unit}`;
}

const two = (n: number): string => String(n).padStart(2, "0");
/** 08:15 */
export const clock = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}`;
/** 08:15 30/03/2026 */
export const clockAndDay = (at: Date): string => `${clock(at)} ${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}`;
