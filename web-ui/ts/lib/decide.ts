// Small decisions, apart from the page so that they can be tested.

const DAY = 86_400_000;
/** The install card: on the second visit or when asked for now, not within 30 days of «Để sau». */
export const offerInstall = (visits: number, dismissedAt: number, now: number, askNow: boolean): boolean => now - dismissedAt > 30 * DAY && (askNow || visits >= 2);

/** Width and height that fit into `most`, never larger than the original. */
export function fit(width: number, height: number, most: number): [number, number] {
  const scale = Math.min(1, most / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Where j and k lead; -1 is "no row yet". */
export const nextRow = (current: number, step: 1 | -1, count: number): number => (count === 0 ? -1 : Math.min(count - 1, Math.max(0, current + step)));

/** Characters as people count them: é is one, however it is written. */
export const length = (text: string): number => [...text.normalize("NFC").replace(/\r\n/g, "\n")].length;
