// QR codes: by the browser where it can, else by a decoder of our own bundle.
import decodeQR from "qr/decode.js";

type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> };
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };

let detector: Promise<Detector | null> | null = null;

/** Some browsers have the class without a code that it could read. */
function builtIn(): Promise<Detector | null> {
  detector ??= (async () => {
    const Class = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
    if (!Class) return null;
    try {
      return (await Class.getSupportedFormats()).includes("qr_code") ? new Class({ formats: ["qr_code"] }) : null;
    } catch {
      return null;
    }
  })();
  return detector;
}

const canvas = document.createElement("canvas");

/** The picture at most `most` pixels long, read by our own decoder. */
function own(source: CanvasImageSource, width: number, height: number, most: number): string {
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return "";
  pen.fillStyle = "#fff"; // what shines through is paper
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return ""; // no code in sight
  }
}

/** The text of a code; empty: none was found. `sizes`: what our own decoder tries, in this order. */
export async function read(source: CanvasImageSource, width: number, height: number, sizes: number[]): Promise<string> {
  const ready = await builtIn();
  if (ready) {
    const found = await ready.detect(source).catch(() => []);
    const card = found.find((code) => isCard(code.rawValue)) ?? found[0];
    if (card?.rawValue) return card.rawValue;
  }
  for (const size of sizes) {
    const text = own(source, width, height, size);
    if (text) return text;
  }
  return "";
}

/** Begins like a card of Vietnam; whether it is one, the server says. */
export const isCard = (text: string): boolean => /^\d{12}\|/.test(text);
