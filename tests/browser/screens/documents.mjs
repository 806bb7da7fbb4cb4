// «Tài liệu» and «Tiện ích» at the national portal (N6): the store empty and filled, the form and what is wrong with it, one paper.
import { crc32, deflateSync } from "node:zlib";
import { named } from "../lib/elsewhere.mjs";
import { press } from "../lib/people.mjs";
import { told } from "./dossiers.mjs";

export const PAGE = "/tai-khoan/tai-lieu";
const ADD = `${PAGE}/moi`;

/** A PDF of one page, whole. */
export function pdf(words = "MAU - KHONG CO GIA TRI") {
  const shown = `BT /F1 20 Tf 60 760 Td (${words}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${shown.length} >>\nstream\n${shown}\nendstream`, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let out = "%PDF-1.7\n";
  const places = objects.map((object, n) => { const at = out.length; out += `${n + 1} 0 obj\n${object}\nendobj\n`; return at; });
  const start = out.length;
  const rows = places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  return Buffer.from(`${out}xref\n0 6\n0000000000 65535 f \n${rows}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
}

/** A drawn sheet with lines, as a PNG: a paper that nobody issued. */
export function png(width = 840, height = 1188) {
  const row = (y) => {
    const line = Buffer.alloc(1 + width * 3, 0xf6);
    line[0] = 0;
    const isText = y > 150 && y < height - 200 && y % 44 < 14;
    const isHead = y > 70 && y < 100;
    for (let x = isHead ? 220 : 90; (isText || isHead) && x < width - (isHead ? 220 : 90 + ((y >> 5) % 7) * 30); x++) line.fill(isHead ? 0x9b : 0x55, 1 + x * 3, 4 + x * 3);
    return line;
  };
  const part = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => row(y))));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), part("IHDR", head), part("IDAT", pixels), part("IEND", Buffer.alloc(0))]);
}

/** Fills in the form and sends it. */
export async function add(page, { name, topic, file, buffer }) {
  await page.goto(new URL(ADD, page.url()).href);
  await page.setInputFiles("#f-file", { name: file, mimeType: "application/octet-stream", buffer });
  await page.fill("#f-name", name);
  await page.check(`input[name=topic][value=${topic}]`);
  await press(page, "main form");
}

/** Takes out every paper there is. */
export async function clear(page, origin) {
  for (;;) {
    await page.goto(`${origin}${PAGE}`);
    const papers = page.locator(`.rows a[href^='${PAGE}/']`);
    if ((await papers.count()) === 0) return;
    await page.goto(`${origin}${await papers.first().getAttribute("href")}/xoa`);
    await press(page, "main form");
  }
}

export const documentScreens = (demo) => {
  const portal = named(demo.portal);
  const filled = async (page) => {
    await clear(page, portal);
    await add(page, { name: "Giấy khai sinh cháu An (mẫu, không có giá trị)", topic: "family", file: "a.pdf", buffer: pdf() });
    await add(page, { name: "Bằng tốt nghiệp trung học phổ thông, bản quét màu hai mặt", topic: "study", file: "b.pdf", buffer: pdf() });
    await add(page, { name: "Sổ đỏ nhà cũ", topic: "land", file: "c.png", buffer: png() });
  };
  const one = (rest) => async (page) => {
    await filled(page);
    const href = await page.getByRole("link", { name: "Sổ đỏ nhà cũ" }).getAttribute("href");
    await page.goto(`${portal}${href}${rest}`);
  };
  return [
    { name: "portal-documents-empty", as: "portal", path: `${portal}${PAGE}`, go: async (page) => { await told(portal)(page); await clear(page, portal); } },
    { name: "portal-document-new", as: "portal", path: `${portal}${ADD}` },
    { name: "portal-document-wrong", as: "portal", path: `${portal}${ADD}`, go: async (page) => { await page.setInputFiles("#f-file", { name: "so-do.pdf", mimeType: "application/pdf", buffer: Buffer.from("<html>") }); await press(page, "main form"); } },
    { name: "portal-documents", as: "portal", path: `${portal}${PAGE}`, go: filled },
    { name: "portal-document", as: "portal", path: `${portal}${PAGE}`, go: one("") },
    { name: "portal-document-rename", as: "portal", path: `${portal}${PAGE}`, go: one("/sua") },
    { name: "portal-document-remove", as: "portal", path: `${portal}${PAGE}`, go: one("/xoa") },
    { name: "portal-utilities", as: "portal", path: `${portal}/tai-khoan/tien-ich`, go: async (page) => { await told(portal)(page); await page.goto(`${portal}/tai-khoan/tien-ich`); } },
  ].map((screen) => ({ ...screen, base: portal }));
};
