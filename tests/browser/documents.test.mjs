// «Tài liệu» and «Tiện ích» (N6) in real browsers: a paper is kept, looked at, saved, renamed and deleted; what is refused is said; results of dossiers
// and promised days are there; with a script and without.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { atPortal, good, named, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { add, clear, PAGE, pdf, png } from "./screens/documents.mjs";
import { told } from "./screens/dossiers.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const portal = named(demo.portal);
const person = (await strangers(demo, "documents"))();

const text = (page) => page.locator("main").innerText();

/** What a link saves: the name that the browser gives it, and its bytes. */
async function saved(page, name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`papers are kept, looked at, saved, renamed and deleted: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N6)`, async () => {
    const page = await openPage(browser, { js, size, base: portal, allow: [/\b422\b/] });
    await atPortal(page, demo, person);
    await clear(page, portal);
    await page.goto("/tai-khoan");
    await page.getByRole("link", { name: "Tài liệu", exact: true }).click();
    assert.match(await text(page), /Chưa có giấy tờ nào/);
    await good(page);
    await page.getByRole("link", { name: "Thêm giấy tờ" }).click();
    await good(page);
    await press(page, "main form");
    assert.match(await text(page), /Chưa chọn tệp nào[\s\S]*Hãy đặt tên cho giấy tờ[\s\S]*Hãy chọn loại giấy tờ/);
    await good(page);
    await add(page, { name: "Giấy khai sinh cháu An", topic: "family", file: "khai-sinh.pdf", buffer: Buffer.from("<!doctype html><script>alert(1)</script>") });
    assert.match(await text(page), /không phải PDF/);
    assert.equal(await page.inputValue("#f-name"), "Giấy khai sinh cháu An");
    await good(page);
    await add(page, { name: "Giấy khai sinh cháu An", topic: "family", file: "khai-sinh.pdf", buffer: pdf() });
    assert.match(await text(page), /Đã cất giấy tờ[\s\S]*Giấy khai sinh cháu An\s+Giấy khai sinh, kết hôn\s+PDF, 1 KB/);
    await good(page);

    await page.getByRole("link", { name: "Giấy khai sinh cháu An" }).click();
    await good(page);
    const file = await saved(page, "Tải về máy");
    assert.equal(file.name, "Giấy khai sinh cháu An.pdf");
    assert.ok(file.bytes.equals(pdf()), "byte for byte");
    await page.getByRole("link", { name: "Sửa tên" }).click();
    await page.fill("#f-name", "Khai sinh An");
    await press(page, "main form");
    assert.match(await page.locator("h1").innerText(), /^Khai sinh An$/);

    await add(page, { name: "Sổ đỏ", topic: "land", file: "so-do.pdf", buffer: png() });
    await page.getByRole("link", { name: "Sổ đỏ" }).click();
    const shown = await page.locator("main img").evaluate(async (img) => { await img.decode(); return img.naturalWidth; });
    assert.equal(shown, 840);
    await good(page);
    await page.getByRole("link", { name: "Xóa" }).click();
    assert.match(await text(page), /không lấy lại được/);
    await good(page);
    await press(page, "main form");
    assert.match(await text(page), /Đã xóa giấy tờ/);
    assert.ok(!/Sổ đỏ/.test(await text(page)) && /Khai sinh An/.test(await text(page)));
    await clear(page, portal);
    await page.done();
  });
}

test("results of dossiers stand beside the papers, and promised days go into a calendar (N6)", async () => {
  const page = await openPage(browser, { size: PHONE, base: portal });
  await atPortal(page, demo, person);
  await told(portal)(page);
  await page.goto(PAGE);
  await page.locator(`a[href^='/tai-khoan/ho-so/']`).first().click();
  assert.match(await text(page), /Đã trả kết quả|Đã xử lý xong/);
  await page.goto("/tai-khoan");
  await page.getByRole("link", { name: "Tiện ích", exact: true }).click();
  await good(page);
  const all = await saved(page, "Tải tệp lịch");
  assert.equal(all.name, "hen-tra.ics");
  const lines = all.bytes.toString().replaceAll("\r\n ", "").split("\r\n");
  assert.ok(lines[0] === "BEGIN:VCALENDAR" && lines.some((l) => /^SUMMARY:Hẹn trả kết quả: /.test(l)) && lines.some((l) => /^DTSTART;VALUE=DATE:\d{8}$/.test(l)));
  assert.ok(!all.bytes.toString().includes(person.number) && !page.url().includes(person.number));
  for (const tool of await page.locator(".rows a").all()) {
    const answer = await page.request.get(new URL(await tool.getAttribute("href"), portal).href);
    assert.equal(answer.status(), 200, await tool.innerText());
  }
  await page.goto("/tai-khoan/ho-so?muc=dang-xu-ly");
  await page.locator(`a[href^='/tai-khoan/ho-so/']`).first().click();
  assert.equal((await saved(page, "Thêm ngày hẹn vào lịch")).name, "hen-tra.ics");
  await good(page);
  await page.done();
});
