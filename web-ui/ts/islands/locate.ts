// «Dùng vị trí hiện tại»: asks for the position only after a tap; every refusal has its own words, which stand in the page.
import { all, one, postJson, show } from "../lib/dom";
import { announce, type Place } from "../lib/place";
import { fill } from "../lib/text";

function locate(root: HTMLElement): void {
  const button = one("[data-locate-button]", root);
  const status = one("[data-status]", root);
  const field = (name: string): HTMLInputElement | null => one<HTMLInputElement>(`input[name="${name}"]`, root);

  const say = (outcome: string, values: Record<string, string | number> = {}): void => {
    const template = one<HTMLTemplateElement & HTMLElement>(`template[data-${outcome}]`, root);
    if (!status || !template) return;
    const copy = template.content.cloneNode(true) as DocumentFragment;
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) walker.currentNode.textContent = fill(walker.currentNode.textContent ?? "", values);
    status.replaceChildren(copy);
  };

  let latest = 0;
  const use = async (place: Place): Promise<void> => {
    const turn = ++latest;
    const write = (name: string, value: string): void => {
      const input = field(name);
      if (!input) return;
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true })); // autosave listens
    };
    write("lat", place.lat.toFixed(6));
    write("lon", place.lon.toFixed(6));
    write("accuracy", place.accuracy === undefined ? "" : String(Math.round(place.accuracy)));
    const commune = one<HTMLInputElement>("[data-locate-commune]", root);
    if (commune) commune.value = "";
    try {
      const answer = await postJson(root.dataset.locateUrl ?? "", { lat: place.lat, lon: place.lon });
      if (!answer.ok) throw new Error();
      const found = (await answer.json()) as { code?: string; name?: string; inside: boolean };
      if (turn !== latest) return; // a newer point is on its way
      if (!found.inside) return say("outside");
      if (commune) commune.value = found.code ?? "";
      say(place.from === "map" && one("template[data-ok-map]", root) ? "ok-map" : "ok", { name: found.name ?? "", n: Math.round(place.accuracy ?? 10) });
    } catch {
      if (turn === latest) say("offline");
    }
  };

  (root.closest("form") ?? root).addEventListener("place", (event) => void use((event as CustomEvent<Place>).detail));

  if (!button || !navigator.geolocation) return;
  show(button);
  button.addEventListener("click", () => {
    if (button.hasAttribute("aria-busy")) return;
    const rest = button.lastChild?.textContent ?? "";
    const label = (text: string): void => void (button.lastChild && (button.lastChild.textContent = text));
    button.setAttribute("aria-busy", "true");
    label(button.dataset.loading ?? rest);
    const done = (): void => {
      button.removeAttribute("aria-busy");
      label(rest);
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        done();
        announce(root, { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, from: "device" });
      },
      (error) => {
        done();
        say(error.code === error.PERMISSION_DENIED ? "denied" : error.code === error.TIMEOUT ? "timeout" : "unavailable");
      },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    );
  });
}

all("[data-locate]").forEach(locate);
