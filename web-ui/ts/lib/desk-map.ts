// The staff queue as a map: a sign for each report by how it stands to its deadline, a number where several stand close together. What is
// chosen stands in the list beside it.
import L from "leaflet";
import { all, one } from "./dom";
import { fill } from "./text";

interface Report {
  url: string;
  code: string;
  title: string;
  about: string;
  due: string;
  state: string;
  mark: string;
}
interface Answer {
  features: { geometry: { coordinates: [number, number] }; properties: Report }[];
  inside: number;
  said: string;
}
type Placed = Report & { at: L.LatLng };

/** The most urgent first; the forms are those of `crates/web/src/drawing/desk.rs`. */
const SHAPES: Record<string, string> = {
  late: "M0-11L11 0L0 11L-11 0Z",
  soon: "M0-10L10 8H-10Z",
  time: "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0",
  paused: "M-7-7H7V7H-7Z",
  done: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",
};
const MARKS = Object.keys(SHAPES);
/** Pixels within which several become a number. */
const CELL = 48;
/** Reports at one place cannot be parted by zooming: beyond this they are listed. */
const CLOSEST = 18;
/** Lines of the list at most. */
const LISTED = 50;

export function desk(root: HTMLElement, map: L.Map): void {
  const text = root.dataset;
  const said = one("[data-map-said]");
  const list = one("[data-map-list]");
  const row = document.querySelector<HTMLTemplateElement>("template[data-map-row]");
  const layer = L.layerGroup().addTo(map);
  let reports: Placed[] = [];
  let asking: AbortController | null = null;
  /** Not all reports of the box were given: moving asks again. */
  let partly = false;
  map.setMaxZoom(CLOSEST);

  const word = (mark: string): string => root.getAttribute(`data-mark-${mark}`) ?? "";
  const sign = (mark: string, size: number): SVGSVGElement => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-13 -13 26 26");
    svg.setAttribute("width", String(size));
    svg.setAttribute("height", String(size));
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", `mark mark--${mark}`);
    path.setAttribute("d", SHAPES[mark] ?? "");
    svg.append(path);
    return svg;
  };
  const put = (at: L.LatLng, html: HTMLElement, size: number, title: string, chosen: () => void): void => {
    const marker = L.marker(at, { icon: L.divIcon({ className: "desk-sign", html, iconSize: [size, size] }), title, alt: title });
    marker.on("click keypress", (event) => {
      const key = (event as L.LeafletKeyboardEvent).originalEvent;
      if (!(key instanceof KeyboardEvent) || key.key === "Enter") chosen();
    });
    layer.addLayer(marker);
  };
  const lines = (some: Placed[], focus: boolean): void => {
    if (!list || !row) return;
    const items = some.slice(0, LISTED).map((r) => {
      const item = row.content.cloneNode(true) as DocumentFragment;
      const link = one<HTMLAnchorElement>("a", item);
      if (link && r.url.startsWith("/")) [link.textContent, link.href] = [r.title, r.url];
      const about = one("p", item);
      if (about) about.textContent = `${r.code} · ${r.about}`;
      const state = one("[data-state]", item);
      if (state) state.textContent = r.state;
      const due = one("[data-due]", item);
      if (due) {
        due.textContent = r.due || word(r.mark);
        due.prepend(sign(r.mark, 16));
      }
      return item;
    });
    list.replaceChildren(...items);
    if (focus) one<HTMLAnchorElement>("a", list)?.focus();
  };

  const draw = (): void => {
    // Whoever stands on a sign with the keyboard stays there.
    const focused = document.activeElement?.closest<HTMLElement>(".leaflet-marker-icon")?.title;
    layer.clearLayers();
    const cells = new Map<string, Placed[]>();
    const zoom = map.getZoom();
    for (const r of reports) {
      const p = map.project(r.at, zoom);
      const key = `${Math.floor(p.x / CELL)} ${Math.floor(p.y / CELL)}`;
      cells.set(key, [...(cells.get(key) ?? []), r]);
    }
    for (const some of cells.values()) {
      const first = some[0];
      if (!first) continue;
      const html = document.createElement("span");
      if (some.length === 1) {
        html.append(sign(first.mark, 30));
        put(first.at, html, 30, `${first.code} ${first.title} (${word(first.mark)})`, () => lines([first], true));
        continue;
      }
      const worst = MARKS.find((mark) => some.some((r) => r.mark === mark)) ?? "done";
      const late = some.filter((r) => r.mark === "late").length;
      const title = [fill(text.textMany ?? "", { n: String(some.length) }), ...(late > 0 ? [fill(text.textLate ?? "", { n: String(late) })] : [])].join(", ");
      html.className = "map-many";
      html.textContent = String(some.length);
      html.append(sign(worst, 18));
      const bounds = L.latLngBounds(some.map((r) => r.at));
      // In the middle of its square, so that no two numbers cover each other.
      const square = map.project(first.at, zoom).divideBy(CELL).floor().add([0.5, 0.5]).multiplyBy(CELL);
      put(map.unproject(square, zoom), html, 44, title, () => {
        const closer = map.getBoundsZoom(bounds, false, L.point(40, 40));
        if (zoom >= CLOSEST || bounds.getNorthEast().distanceTo(bounds.getSouthWest()) < 15) lines(some, true);
        else map.setView(bounds.getCenter(), Math.min(CLOSEST, Math.max(closer, zoom + 1)));
      });
    }
    if (focused) all(".leaflet-marker-icon", root).find((icon) => icon.title === focused)?.focus({ preventScroll: true });
  };

  const ask = async (box?: L.LatLngBounds): Promise<void> => {
    const o = box ? [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((v) => v.toFixed(5)).join(",") : "";
    const query = [text.query, o && `o=${o}`].filter(Boolean).join("&");
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${text.pointsUrl}?${query}`, { credentials: "same-origin", signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = (await answer.json()) as Answer;
      reports = found.features.map(({ geometry, properties }) => ({ ...properties, at: L.latLng(geometry.coordinates[1], geometry.coordinates[0]) }));
      partly = found.inside > reports.length;
      if (said) said.textContent = found.said;
      if (!box && reports.length > 0) map.fitBounds(L.latLngBounds(reports.map((r) => r.at)), { padding: [32, 32], maxZoom: 15 });
      draw();
    } catch (error) {
      if ((error as Error).name !== "AbortError" && said) said.textContent = said.dataset.textFailed ?? "";
    }
  };
  // The first answer moves the map; only what comes after asks for a box, and only when there is more than was given.
  let narrowed = false;
  map.on("moveend", () => {
    const box = map.getBounds().pad(0.05);
    if (partly || narrowed) {
      narrowed = true;
      void ask(box);
    }
    draw();
    if (reports.length > 0) lines(reports.filter((r) => box.contains(r.at)), false);
  });
  void ask();
}
