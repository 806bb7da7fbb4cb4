/** A box over a picture, in percent of its sides. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

const LEAST = 0.5;
const between = (low: number, n: number, high: number): number => Math.min(Math.max(n, low), high);

/** Keeps a box on the picture: its size first, then its place. */
export function clampBox({ x, y, w, h }: Box): Box {
  const [width, height] = [between(LEAST, w, 100), between(LEAST, h, 100)];
  return { x: between(0, x, 100 - width), y: between(0, y, 100 - height), w: width, h: height };
}

const apart = (a: Box, b: Box): boolean => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;

/** Where a new box is seen at once: in the middle, else at the first place where none is yet. */
export function freePlace(size: { w: number; h: number }, taken: Box[]): Box {
  const middle = { x: 40, y: 40, ...size };
  const places = [10, 40, 70].flatMap((y) => [10, 40, 70].map((x) => ({ x, y, ...size })));
  return [middle, ...places].find((place) => taken.every((box) => apart(place, box))) ?? middle;
}

/** A point of the page on the picture. */
export const at = (rect: { left: number; top: number; width: number; height: number }, x: number, y: number): { x: number; y: number } => ({
  x: between(0, (100 * (x - rect.left)) / (rect.width || 1), 100),
  y: between(0, (100 * (y - rect.top)) / (rect.height || 1), 100),
});
