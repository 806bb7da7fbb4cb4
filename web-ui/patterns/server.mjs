// Development only: serves the pattern pages with the real files of dist/ and the Content-Security-Policy of production.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "../dist");
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const icon = (name) => `<svg class="i" aria-hidden="true" focusable="false"><use href="/static/icons.svg#${name}"/></svg>`;
const fill = (html) => html.replace(/\{i:([\w-]+)\}/g, (_, name) => icon(name)).replaceAll("…#mark", "/static/icons.svg#mark");

const head = (title, islands = [], extra = "") => `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"><meta name="csrf" content="demo"><title>${title}</title>
<link rel="preload" href="/static/fonts/heading-vietnamese.woff2" as="font" type="font/woff2" crossorigin><link rel="preload" href="/static/fonts/heading-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/static/app.css">${extra}<link rel="icon" href="/static/icon.svg"><script type="module" src="/static/base.js"></script>${islands.map((i) => `<script type="module" src="/static/islands/${i}.js"></script>`).join("")}</head>`;

/** Screens begin with a line of JSON: title, islands, tab, shell. Their body is wrapped in the citizen's shell unless they bring their own. */
function screen(source) {
  const end = source.indexOf("\n");
  const meta = JSON.parse(source.slice(0, end));
  const body = source.slice(end + 1);
  const tab = (id, href, ic, text) => `<li><a href="${href}"${meta.tab === id ? ' aria-current="page"' : ""}>{i:${ic}}${text}</a></li>`;
  const tabs = meta.tab
    ? `<nav class="tabbar" aria-label="Chính"><ul>${tab("home", "#1", "house", "Trang chủ")}${tab("news", "#2", "bell", 'Thông báo<span class="badge">3<span class="vh"> chưa đọc</span></span>')}${tab("me", "#3", "user", "Tài khoản")}</ul></nav>`
    : "";
  const shell = `<body class="${meta.tab ? "has-tabs" : ""}"><a class="skip" href="#main">Đến nội dung chính</a>
<header class="top"><div class="top__in"><a class="brand" href="#home"><svg class="brand__mark" aria-hidden="true"><use href="…#mark"/></svg><span><b>Công dân số</b><span>Tỉnh Quảng Trị</span></span></a>${tabs}<div class="top__tools"><a href="#en" lang="en" hreflang="en">{i:globe}English</a></div></div></header>
${body}
<footer class="foot"><div class="foot__in"><ul><li><a href="#th">Trợ giúp</a></li><li><a href="#rt">Quyền riêng tư</a></li><li><a href="#tc">Khả năng tiếp cận</a></li></ul><form class="textsize" method="post" action="#"><span>Cỡ chữ:</span><button name="size" value="100" aria-pressed="true">Thường</button><button name="size" value="125" aria-pressed="false">Lớn</button><button name="size" value="150" aria-pressed="false">Rất lớn</button></form></div></footer></body>`;
  const map = meta.islands?.includes("map") ? '<link rel="stylesheet" href="/static/map.css">' : "";
  return fill(head(meta.title, meta.islands, map) + (meta.shell === "own" ? body : shell) + "</html>");
}

/** The component page is COMPONENTS.md itself: every ```html block, live, under its heading. */
function components(markdown, staff) {
  let out = head("Components", ["photos", "locate", "commune", "passkey", "staff"]) + `<body class="${staff ? "staff" : ""}"><main id="main" class="page page--wide flow"><h1>Components</h1>`;
  const parts = markdown.split(/^```(\w*)\n([\s\S]*?)^```$/m);
  for (let i = 0; i < parts.length; i += 3) {
    for (const [, title] of (parts[i] ?? "").matchAll(/^## (.+)$/gm)) out += `<h2 class="full">${title.replace(/`/g, "")}</h2>`;
    if (parts[i + 1] === "html" && !parts[i + 2].includes("<footer")) out += `<div class="card stack">${parts[i + 2]}</div>`;
  }
  return fill(out + "</main></body></html>");
}

/** Invented pictures: a road, a lamp, a mended road. */
function photo(n) {
  const sky = ["#b9d3e6", "#2c3e57", "#c9dfe9"][n - 1];
  const thing = [
    '<ellipse cx="230" cy="245" rx="80" ry="24" fill="#3d3a36"/><ellipse cx="230" cy="240" rx="66" ry="16" fill="#6b6358"/>',
    '<path d="M300 60v190M300 60h-60" stroke="#8895a3" stroke-width="9" fill="none"/><circle cx="238" cy="66" r="12" fill="#5b6673"/>',
    '<path d="M150 220h170l30 50H130z" fill="#4b4f55"/>',
  ][n - 1];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><path fill="${sky}" d="M0 0h400v300H0z"/><path fill="#5f8a5b" d="M0 140q90-40 200-14t200-10v90H0z"/><path fill="#7f8389" d="M120 150h160l120 150H0z"/><path stroke="#f1ede0" stroke-width="6" stroke-dasharray="26 18" d="M200 155v145"/>${thing}</svg>`;
}

const TYPES = { css: "text/css", js: "text/javascript", svg: "image/svg+xml", png: "image/png", woff2: "font/woff2" };
const AREAS = {
  type: "FeatureCollection",
  features: [["Phường Đồng Hới", 106.6, 17.45], ["Phường Đồng Thuận", 106.6, 17.49], ["Phường Đồng Sơn", 106.55, 17.45]].map(([name, x, y]) => ({
    type: "Feature", properties: { name }, geometry: { type: "Polygon", coordinates: [[[x, y], [x + 0.05, y], [x + 0.05, y + 0.04], [x, y + 0.04], [x, y]]] } })),
};

const CHALLENGE = JSON.stringify({ parameters: { algorithm: "SHA-256", cost: 1, keyLength: 32, keyPrefix: "000", nonce: "00112233445566778899aabbccddeeff", salt: "ffeeddccbbaa99887766554433221100" }, signature: "aa" });
/** Pages for behaviour.mjs only. */
const TESTS = {
  "/bieu-mau": head("Biểu mẫu", ["altcha", "passkey"]) + `<body><main><h1>Biểu mẫu</h1>
<form method="post" action="/gui"><div class="with-button"><input class="input" id="pw" type="password" aria-label="Mật khẩu"><button class="btn" type="button" hidden data-reveal="pw" data-show="Hiện" data-hide="Ẩn"><span>Hiện</span></button></div><button class="btn" id="send" name="a" value="1" data-loading="Đang gửi…">Gửi</button></form>
<form method="post" action="/lai" data-resend-in="2"><button class="btn btn--link" data-resend>Gửi lại mã</button><span data-countdown data-text="Gửi lại sau {s} giây" aria-hidden="true"></span><span class="vh" role="status" data-ready="Đã có thể gửi lại mã"></span></form>
<form method="post" action="/xin-ma" data-altcha data-challenge-url="/bang-chung"><input type="hidden" name="altcha"><button class="btn" id="ask" data-loading="Đang gửi…">Tiếp tục</button></form>
<div data-passkey="create" data-options-url="/pk/bat-dau" data-finish-url="/pk/xong" hidden><button class="btn" type="button" data-passkey-go>Tạo khóa</button><p hidden data-error></p></div></main></body></html>`,
  "/giu": head("Giữ lại") + `<body data-sw="/sw.js"><div class="offline" data-offline hidden data-text="Đang ngoại tuyến. Dữ liệu lúc {time}."><p><span></span></p></div><main><h1>Trang chủ</h1></main></body></html>`,
  "/ngoai-tuyen": head("Ngoại tuyến") + `<body><main><h1>Trang ngoại tuyến</h1></main></body></html>`,
  "/phan-anh/ngoai-tuyen": head("Viết") + `<body><main><h1>Viết khi mất mạng</h1></main></body></html>`,
  "/phan-anh/hop-gui-di": head("Hộp gửi đi") + `<body><main><h1>Hộp gửi đi</h1></main></body></html>`,
};

export const screenNames = async () => (await readdir(join(HERE, "screens"))).filter((f) => f.endsWith(".html")).map((f) => f.slice(0, -5)).sort();

export async function serve(port = 0) {
  const { files } = JSON.parse(await readFile(join(DIST, "manifest.json"), "utf8"));
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, "http://x");
    const send = (type, data, status = 200) => res.writeHead(status, { "content-type": `${type}; charset=utf-8`, "content-security-policy": CSP }).end(data);
    try {
      if (url.pathname.startsWith("/static/")) {
        const name = url.pathname.slice(8);
        const path = files[name]?.path ?? name;
        return send(TYPES[path.split(".").pop()], await readFile(join(DIST, path)));
      }
      if (url.pathname === "/sw.js") return send("text/javascript", await readFile(join(DIST, "sw.js")));
      const picture = url.pathname.match(/^\/demo\/photo-([123])\.svg$/);
      if (picture) return send("image/svg+xml", photo(Number(picture[1])));
      if (url.pathname === "/ban-do/xa.geojson") return send("application/json", JSON.stringify(AREAS));
      if (url.pathname === "/vi-tri") return send("application/json", JSON.stringify({ code: "18880", name: "Phường Đồng Hới", inside: true }));
      if (url.pathname === "/xa/tim") return send("application/json", JSON.stringify([{ code: "18880", name: "Phường Đồng Hới", hint: "Gồm Đức Ninh Đông, Nam Lý cũ" }, { code: "18883", name: "Phường Đồng Thuận" }]));
      if (url.pathname === "/phan-anh/moi/anh") { req.resume(); req.on("end", () => send("application/json", JSON.stringify({ id: "0197b", name: "x.jpg", size: 1234 }), 201)); return; }
      if (url.pathname === "/bang-chung") return send("application/json", CHALLENGE);
      if (TESTS[url.pathname]) {
        if (url.pathname === "/giu") res.setHeader("x-offline-copy", "keep");
        return send("text/html", TESTS[url.pathname]);
      }
      if (url.pathname === "/components") return send("text/html", components(await readFile(join(HERE, "../COMPONENTS.md"), "utf8"), url.searchParams.has("staff")));
      return send("text/html", screen(await readFile(join(HERE, "screens", `${url.pathname.slice(1) || "home"}.html`), "utf8")));
    } catch (error) {
      return send("text/plain", String(error), 404);
    }
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serve(4300)).url + "  →  /components, /" + (await screenNames()).join(", /"));
