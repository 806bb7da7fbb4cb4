// A film as a phone makes one, without a phone: the browser encodes some frames (VP9, WebCodecs), the boxes around them are written here,
// with the place where phones put it. It plays, so a test can see that it still does after the server has cleaned it.

export const PLACE = "+17.4690+106.6223/";

const u32 = (...numbers) => Buffer.concat(numbers.map((n) => { const out = Buffer.alloc(4); out.writeUInt32BE(n >>> 0); return out; }));
const u16 = (...numbers) => Buffer.concat(numbers.map((n) => { const out = Buffer.alloc(2); out.writeUInt16BE(n); return out; }));
const box = (name, ...parts) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32(content.length + 8), Buffer.from(name, "latin1"), content]);
};
const zeros = (n) => Buffer.alloc(n);

/** Frames of a moving square, encoded by the browser; each as an array of bytes, the first one whole. */
const frames = (page, count) =>
  page.evaluate(async (count) => {
    const canvas = new OffscreenCanvas(320, 180);
    const at = canvas.getContext("2d");
    const chunks = [];
    const encoder = new VideoEncoder({
      output: (chunk) => { const bytes = new Uint8Array(chunk.byteLength); chunk.copyTo(bytes); chunks.push([...bytes]); },
      error: (error) => { throw error; },
    });
    encoder.configure({ codec: "vp09.00.10.08", width: 320, height: 180, framerate: 10, bitrate: 200_000 });
    for (let n = 0; n < count; n++) {
      at.fillStyle = "#345";
      at.fillRect(0, 0, 320, 180);
      at.fillStyle = "#fc3";
      at.fillRect(20 + 6 * n, 60, 60, 60);
      const frame = new VideoFrame(canvas, { timestamp: n * 100_000 });
      encoder.encode(frame, { keyFrame: n === 0 });
      frame.close();
    }
    await encoder.flush();
    return chunks;
  }, count);

/** For `setInputFiles`; the page must be one of ours, on localhost. `seconds`: what the film says of itself. */
export async function film(page, { name = "duong.mp4", count = 20, seconds = count / 10 } = {}) {
  const samples = (await frames(page, count)).map((bytes) => Buffer.from(bytes));
  const data = Buffer.concat(samples);
  const ftyp = box("ftyp", Buffer.from("isom"), u32(512), Buffer.from("isomiso2mp41"));
  const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const length = Math.round(seconds * 1000);
  const mvhd = box("mvhd", u32(0, 1, 1, 1000, length, 0x10000), u16(0x100), zeros(10), matrix, zeros(24), u32(2));
  const tkhd = box("tkhd", u32(3, 1, 1, 1, 0, length), zeros(8), zeros(8), matrix, u32(320 << 16, 180 << 16));
  const vpcc = box("vpcC", u32(0x01000000), Buffer.from([0, 10, 0x82, 1, 1, 1, 0, 0]));
  const entry = box("vp09", zeros(6), u16(1), zeros(16), u16(320, 180), u32(0x480000, 0x480000, 0), u16(1), zeros(32), u16(24, 0xffff), vpcc);
  const stbl = box("stbl",
    box("stsd", u32(0, 1), entry),
    box("stts", u32(0, 1, count, 100)),
    box("stss", u32(0, 1, 1)),
    box("stsc", u32(0, 1, 1, count, 1)),
    box("stsz", u32(0, 0, count, ...samples.map((sample) => sample.length))),
    box("stco", u32(0, 1, ftyp.length + 8)));
  const minf = box("minf", box("vmhd", u32(1), zeros(8)), box("dinf", box("dref", u32(0, 1), box("url ", u32(1)))), stbl);
  const hdlr = box("hdlr", u32(0, 0), Buffer.from("vide"), zeros(12), Buffer.from("VideoHandle\0"));
  const mdia = box("mdia", box("mdhd", u32(0, 1, 1, 1000, count * 100), u16(0x55c4, 0)), hdlr, minf);
  const udta = box("udta", box("\xa9xyz", u16(PLACE.length, 0x15c7), Buffer.from(PLACE)));
  const moov = box("moov", mvhd, box("trak", tkhd, mdia), udta);
  return { name, mimeType: "video/mp4", buffer: Buffer.concat([ftyp, box("mdat", data), moov]) };
}
