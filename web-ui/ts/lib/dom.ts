export const all = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T[] => [...root.querySelectorAll<T>(selector)];
export const one = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T | null => root.querySelector<T>(selector);
export const show = (element: HTMLElement | null, visible = true): void => {
  if (element) element.hidden = !visible;
};
/** The words part of a button that also holds an icon, or the button itself. */
export const words = (element: HTMLElement): HTMLElement => one("span:not(.vh)", element) ?? element;

/** Headers of a request that changes something, outside a form. */
export const csrf = (): Record<string, string> => ({ "X-CSRF-Token": one<HTMLMetaElement & HTMLElement>('meta[name="csrf"]')?.content ?? "" });

export const postJson = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: "POST", credentials: "same-origin", headers: { ...csrf(), "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) });
