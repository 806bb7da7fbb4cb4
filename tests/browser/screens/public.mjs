// What everybody sees of all reports: map, figures, and the places a person watches.
import { press } from "../lib/people.mjs";

const mapReady = (page) => page.waitForSelector("[data-map=live] .leaflet-marker-icon");

/** A dot of the live map, chosen: zooms into numbers until there is one. */
const oneChosen = async (page) => {
  await mapReady(page);
  for (let n = 0; n < 8 && (await page.locator("[data-canvas] .map-dot").count()) === 0; n++) {
    const answer = page.waitForResponse(/phan-anh\.geojson/);
    await page.locator("[data-canvas] .map-many").first().dispatchEvent("click");
    await answer;
    await page.waitForTimeout(300);
  }
  await page.locator("[data-canvas] .map-dot").first().dispatchEvent("click");
  await page.waitForSelector("[data-chosen]:not([hidden])");
};

export const publicScreens = [
  { name: "map", path: "/phan-anh/ban-do", go: mapReady },
  { name: "map-chosen", path: "/phan-anh/ban-do?thoi-gian=90", go: oneChosen },
  { name: "map-none", path: "/phan-anh/ban-do?loai=vien-thong&thoi-gian=7&trang-thai=xong" },
  { name: "map-no-js", path: "/phan-anh/ban-do", js: false },
  { name: "map-en", path: "/phan-anh/ban-do", language: "en", go: mapReady },
  { name: "figures", path: "/so-lieu" },
  { name: "figures-unit", path: "/so-lieu?thang=3&don-vi=so-xay-dung" },
  { name: "watches", path: "/tai-khoan/quanh-day", as: "citizen" },
  { name: "watches-none", path: "/tai-khoan/quanh-day", as: "second" },
  { name: "watch-new", path: "/tai-khoan/quanh-day/moi", as: "citizen" },
  { name: "watch-new-point", path: "/tai-khoan/quanh-day/moi?noi=diem", as: "citizen" },
  { name: "watch-new-error", path: "/tai-khoan/quanh-day/moi?noi=diem", as: "citizen", go: press },
];
