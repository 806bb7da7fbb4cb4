// A map without tiles by default: outlines and names of the communes, and a pin. Words and lists never depend on it.
import L from "leaflet";
import { desk } from "../lib/desk-map";
import { all, one, show } from "../lib/dom";
import { live } from "../lib/live-map";
import { announce, type Place } from "../lib/place";
import { fill } from "../lib/text";

const SVG = "http://www.w3.org/2000/svg";
function pinIcon(): L.DivIcon {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.innerHTML = '<path d="M20 10c0 5-5.500 10.200-7.400 11.800a1 1 0 0 1-1.200 0C9.500 20.200 4 15 4 10a8 8 0 0 1 16 0"/><circle cx="12" cy="10" r="3"/>';
  return L.divIcon({ className: "map-pin", html: svg as unknown as HTMLElement, iconSize: [44, 44], iconAnchor: [22, 41] });
}

async function geojson(url: string | undefined): Promise<GeoJSON.FeatureCollection | null> {
  if (!url) return null;
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as GeoJSON.FeatureCollection) : null;
}

async function start(root: HTMLElement): Promise<void> {
  const canvas = one("[data-canvas]", root);
  if (!canvas) return;
  // These maps come instead of the drawing that is there without a script.
  show(root);
  if (["live", "desk"].includes(root.dataset.map ?? "")) for (const drawn of all("[data-nojs]")) show(drawn, false);
  const text = root.dataset;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, { zoomControl: false, attributionControl: Boolean(text.tileAttribution), fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, scrollWheelZoom: false });
  L.control.zoom({ zoomInTitle: text.textZoomIn ?? "", zoomOutTitle: text.textZoomOut ?? "" }).addTo(map);
  map.attributionControl?.setPrefix(false);
  if (text.tileUrl) L.tileLayer(text.tileUrl, { attribution: text.tileAttribution ?? "", maxZoom: 19 }).addTo(map);
  map.setView([Number(text.lat), Number(text.lon)], Number(text.zoom ?? 13));
  // The page scrolls under two fingers or the wheel until the map has been touched.
  map.once("click focus", () => map.scrollWheelZoom.enable());

  const primary = getComputedStyle(document.documentElement).getPropertyValue("--primary").trim() || "#0a4f8f";
  const areas = await geojson(text.areasUrl);
  if (areas) {
    const names = L.layerGroup();
    const outlines = L.geoJSON(areas, {
      interactive: false,
      style: { color: primary, weight: 1, opacity: text.tileUrl ? 0.4 : 0.7, fillColor: "#fff", fillOpacity: text.tileUrl ? 0 : 0.75 },
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 3, color: primary, weight: 1 }),
      onEachFeature: (feature, layer) => {
        const middle = "getBounds" in layer ? (layer as L.Polygon).getBounds().getCenter() : (layer as L.CircleMarker).getLatLng();
        const name = document.createElement("span");
        name.textContent = (feature.properties as { name?: string }).name ?? "";
        names.addLayer(L.marker(middle, { interactive: false, keyboard: false, icon: L.divIcon({ className: "map-name", html: name, iconSize: [120, 18] }) }));
      },
    }).addTo(map);
    outlines.bringToBack();
    if (text.fit !== undefined && outlines.getBounds().isValid()) map.fitBounds(outlines.getBounds(), { padding: [8, 8] });
    const relabel = (): unknown => (map.getZoom() >= 11 ? names.addTo(map) : names.remove());
    map.on("zoomend", relabel);
    relabel();
  }

  if (text.map === "live") live(root, map);
  else if (text.map === "desk") desk(root, map);
  else if (text.map === "pick") pick(root, map);
  else await points(root, map);
}

function pick(root: HTMLElement, map: L.Map): void {
  const status = one("[data-status]", root);
  const form = root.closest("form") ?? root;
  const title = root.dataset.textPin ?? "";
  let pin: L.Marker | null = null;
  const put = (at: L.LatLng, tell: boolean): void => {
    if (pin) pin.setLatLng(at);
    else {
      pin = L.marker(at, { icon: pinIcon(), draggable: true, autoPan: true, title, alt: title }).addTo(map);
      pin.on("dragend", () => pin && put(pin.getLatLng(), true));
    }
    if (!tell) return;
    if (status) status.textContent = fill(status.dataset.textSet ?? "", { lat: at.lat.toFixed(5), lon: at.lng.toFixed(5) });
    announce(root, { lat: at.lat, lon: at.lng, from: "map" });
  };
  map.on("click", (event) => put(event.latlng, true));
  const here = one("[data-pin-here]", root);
  show(here);
  here?.addEventListener("click", () => put(map.getCenter(), true));
  form.addEventListener("place", (event) => {
    const place = (event as CustomEvent<Place>).detail;
    if (place.from !== "device") return;
    put(L.latLng(place.lat, place.lon), false);
    map.setView([place.lat, place.lon], Math.max(map.getZoom(), 16));
  });
  // Back to this step: the saved point.
  const saved = (name: string): number => Number(one<HTMLInputElement>(`input[name="${name}"]`, form)?.value || NaN);
  if (Number.isFinite(saved("lat")) && Number.isFinite(saved("lon"))) {
    const at = L.latLng(saved("lat"), saved("lon"));
    put(at, false);
    map.setView(at, 16);
  }
}

async function points(root: HTMLElement, map: L.Map): Promise<void> {
  const many = await geojson(root.dataset.pointsUrl);
  if (!many) {
    L.marker([Number(root.dataset.lat), Number(root.dataset.lon)], { icon: pinIcon(), interactive: false, keyboard: false, alt: root.dataset.textPin ?? "" }).addTo(map);
    return;
  }
  const layer = L.geoJSON(many, {
    pointToLayer: (feature, at) => {
      const { title = "", url } = feature.properties as { title?: string; url?: string };
      const marker = L.marker(at, { icon: L.divIcon({ className: "map-dot", iconSize: [24, 24] }), title, alt: title });
      const label = document.createElement("span");
      label.textContent = title;
      marker.bindTooltip(label);
      if (url?.startsWith("/")) marker.on("click keypress", () => location.assign(url));
      return marker;
    },
  }).addTo(map);
  const bounds = layer.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 15 });
}

for (const root of all("[data-map]")) void start(root).catch((error: unknown) => console.error(error));
