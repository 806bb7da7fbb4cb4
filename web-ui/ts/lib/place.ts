/** A point on its way between the locate button, the map and the hidden fields of one form. */
export interface Place {
  lat: number;
  lon: number;
  accuracy?: number;
  from: "device" | "map";
}
declare global {
  interface DocumentEventMap {
    place: CustomEvent<Place>;
  }
}
export const announce = (source: Element, place: Place): boolean => source.dispatchEvent(new CustomEvent("place", { bubbles: true, detail: place }));
