// Codes of cards of nobody: as a file that a phone would send, and as a film that Chromium takes for its camera.
import { deflateSync } from "node:zlib";
import encodeQR from "../../../web-ui/node_modules/qr/index.js";
import { chunks } from "./steps.mjs";

/** Grey pixels: the code in the middle of a pale picture of at least this size. */
export function drawCode(text, { module = 4, width = 0, height = 0 } = {}) {
  const cells = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const side = cells.length * module;
  const [wide, high] = [Math.max(width, side), Math.max(height, side)];
  const [left, top] = [(wide - side) >> 1, (high - side) >> 1];
  const grey = Buffer.alloc(wide * high, 205);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) grey[(top + y) * wide + left + x] = cells[Math.floor(y / module)][Math.floor(x / module)] ? 35 : 235;
  return { width: wide, height: high, grey };
}

/** For `setInputFiles`. */
export function codePhoto(text, options) {
  const { width, height, grey } = drawCode(text, options);
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.from([0]), grey.subarray(y * width, (y + 1) * width)])));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return { name: "the.png", mimeType: "image/png", buffer: chunks([["IHDR", header], ["IDAT", deflateSync(rows)], ["IEND", Buffer.alloc(0)]]) };
}

/** A film of one picture, 4:2:0, as `--use-file-for-fake-video-capture` takes it. */
export function codeFilm(text) {
  const { width, height, grey } = drawCode(text, { module: 6, width: 640, height: 480 });
  const colours = Buffer.alloc((width * height) / 2, 128);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), grey, colours]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420mpeg2\n`), ...Array.from({ length: 10 }, () => frame)]);
}
