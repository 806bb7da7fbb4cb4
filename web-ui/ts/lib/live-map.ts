// The live map of all reports: asks the server for what is in view, again when it moves and every few seconds.
import L from "leaflet";
import { all, one, show } from "./dom";
import { fill } from "./text";

interface Single {
  code: string;
  category: string;
  open: boolean;
  sent: string;
}
interface Several {
  count: number;
  open: number;
}
interface Answer {
  features: { geometry: { coordinates: [number, number] }; properties: Single | Several }[];
  count: number;
}
interface Summary {
  title: string;
  url: string;
  what: string;
  when: string;
  tags: string[];
}

/** Several reports at one place cannot be parted by zooming; beyond this their list is opened instead. */
const CLOSEST = 18;

export function live(root: HTMLElement, map: L.Map): void {
  const text = root.dataset;
  const names = JSON.parse(text.names ?? "{}") as Record<string, string>;
  const status = one("[data-status]", root);
  const layer = L.layerGroup().addTo(map);
  let shown = "";
  let tag = "";
  let asking: AbortController | null = null;
  let chosen = "";
  map.setMaxZoom(CLOSEST);

  const day = (iso: string): string => iso.split("-").reverse().join("/");
  const dot = (at: L.LatLngTuple, one: Single): L.Marker => {
    const title = fill(text.textOne ?? "", { category: names[one.category] ?? one.category, date: day(one.sent) });
    const kind = `map-dot map-dot--${one.open ? "open" : "done"}${one.code === chosen ? " map-dot--chosen" : ""}`;
    const marker = L.marker(within(at, 28), { icon: L.divIcon({ className: kind, iconSize: [24, 24] }), title, alt: title });
    return marker.on("click keypress", (event) => {
      if (pressed(event)) void choose(root, one.code).then((found) => found && (chosen = one.code) && mark(marker));
    });
  };
  const mark = (marker: L.Marker): void => {
    for (const old of all(".map-dot--chosen", root)) old.classList.remove("map-dot--chosen");
    marker.getElement()?.classList.add("map-dot--chosen");
  };
  const several = (at: L.LatLngTuple, many: Several): L.Marker => {
    const title = fill(text.textMany ?? "", { n: String(many.count) });
    const size = many.count < 10 ? 44 : many.count < 1000 ? 50 : 60;
    const html = document.createElement("span");
    html.textContent = many.count < 10_000 ? String(many.count) : `${Math.round(many.count / 1000)}k`;
    const marker = L.marker(within(at, size + 2), { icon: L.divIcon({ className: "map-many", html, iconSize: [size, size] }), title, alt: title });
    return marker.on("click keypress", (event) => {
      if (pressed(event)) map.setView(at, Math.min(CLOSEST, map.getZoom() + (map.getZoom() < 12 ? 2 : 1)));
    });
  };

  /** `again`: nothing moved; an unchanged answer is not sent. */
  const ask = async (again = false): Promise<void> => {
    const box = map.getBounds().pad(0.05);
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((v) => v.toFixed(4)).join(",");
    const url = `${text.pointsUrl}?bbox=${bbox}&zoom=${map.getZoom()}${text.query ? `&${text.query}` : ""}`;
    asking?.abort();
    asking = new AbortController();
    const headers: Record<string, string> = again && shown === url && tag ? { "If-None-Match": tag } : {};
    try {
      const answer = await fetch(url, { credentials: "same-origin", signal: asking.signal, headers, cache: "no-store" });
      if (answer.status === 304) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const found = (await answer.json()) as Answer;
      shown = url;
      tag = answer.headers.get("ETag") ?? "";
      draw(found);
    } catch (error) {
      if ((error as Error).name !== "AbortError" && status) status.textContent = status.dataset.textFailed ?? "";
    }
  };
  /** Moves a sign a little so that it stays within its square of the server's grid: no two cover each other. */
  const within = ([lat, lon]: L.LatLngTuple, size: number): L.LatLngTuple => {
    const zoom = map.getZoom();
    const side = Math.max(1, Math.round((72 * 360 * 1e4) / 256 / 2 ** zoom)) / 1e4;
    const [south, west] = [Math.floor(lat / side + 1e-9) * side, Math.floor(lon / side + 1e-9) * side];
    const low = map.project([south, west], zoom);
    const high = map.project([south + side, west + side], zoom);
    const at = map.project([lat, lon], zoom);
    const keep = (v: number, a: number, b: number): number => (b - a < size ? (a + b) / 2 : Math.min(Math.max(v, a + size / 2), b - size / 2));
    const moved = map.unproject([keep(at.x, low.x, high.x), keep(at.y, high.y, low.y)], zoom);
    return [moved.lat, moved.lng];
  };
  const draw = (found: Answer): void => {
    // Whoever stands on a dot with the keyboard stays there.
    const focused = document.activeElement?.closest(".leaflet-marker-icon")?.getAttribute("title");
    layer.clearLayers();
    for (const { geometry, properties } of found.features) {
      const at: L.LatLngTuple = [geometry.coordinates[1], geometry.coordinates[0]];
      layer.addLayer("count" in properties ? several(at, properties) : dot(at, properties));
    }
    if (focused) all(".leaflet-marker-icon", root).find((icon) => icon.title === focused)?.focus({ preventScroll: true });
    if (status) status.textContent = found.count > 0 ? fill(status.dataset.text ?? "", { n: found.count.toLocaleString(document.documentElement.lang) }) : status.dataset.textNone ?? "";
  };

  map.on("moveend", () => void ask());
  void ask();
  setInterval(() => document.visibilityState === "visible" && void ask(true), Number(text.every ?? 20) * 1000);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void ask(true));
}

const pressed = (event: L.LeafletEvent): boolean => {
  const key = (event as L.LeafletKeyboardEvent).originalEvent;
  return !(key instanceof KeyboardEvent) || key.key === "Enter";
};

/** Shows a report beside the map; a report that is gone meanwhile leaves what was there. */
async function choose(root: HTMLElement, code: string): Promise<boolean> {
  const box = one("[data-chosen]", root);
  const answer = await fetch(`${root.dataset.summaryUrl}${code}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
  if (!box || !answer?.ok) return false;
  const found = (await answer.json()) as Summary;
  const link = one<HTMLAnchorElement>("[data-link]", box);
  if (link) [link.textContent, link.href] = [found.title, found.url];
  const put = (selector: string, words: string): void => {
    const at = one(selector, box);
    if (at) at.textContent = words;
  };
  put("[data-what]", found.what);
  put("[data-when]", found.when);
  one("[data-tags]", box)?.replaceChildren(
    ...found.tags.map((words) => {
      const tag = document.createElement("span");
      tag.className = "tag";
      tag.textContent = words;
      return tag;
    }),
  );
  show(box);
  return true;
}
