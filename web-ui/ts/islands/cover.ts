// Covering parts of a photo: boxes are drawn with a finger, a mouse or keys; the form's numbers always say the same.
import { all, one, show } from "../lib/dom";
import { at, clampBox, freePlace, type Box } from "../lib/box";
import { fill } from "../lib/text";

interface Drawn {
  row: HTMLElement;
  box: HTMLButtonElement;
}

function cover(root: HTMLFormElement): void {
  const stage = one("[data-stage]", root);
  const rows = one("[data-rows]", root);
  const first = one("[data-row]", root);
  const status = one("[data-status]", root);
  if (!stage || !rows || !first) return;
  const blank = first.cloneNode(true) as HTMLElement;
  const most = Number(root.dataset.most ?? 20);
  const drawn: Drawn[] = [];
  const field = (row: HTMLElement, name: string): HTMLInputElement => one<HTMLInputElement>(`[name="${name}"]`, row)!;
  const number = (row: HTMLElement, name: string): number => Number(field(row, name).value.replace(",", ".")) || 0;
  const boxOf = (row: HTMLElement): Box => ({ x: number(row, "x"), y: number(row, "y"), w: number(row, "w"), h: number(row, "h") });
  const say = (sentence: string | undefined, n = 0): void => {
    if (status) status.textContent = fill(sentence ?? "", { n });
  };

  const place = ({ row, box }: Drawn): void => {
    const b = boxOf(row);
    box.style.left = `${b.x}%`;
    box.style.top = `${b.y}%`;
    box.style.width = `${b.w}%`;
    box.style.height = `${b.h}%`;
    box.classList.toggle("cover__box--blur", field(row, "how").value === "blur");
  };
  const set = (item: Drawn, wanted: Box): void => {
    const b = clampBox(wanted);
    for (const name of ["x", "y", "w", "h"] as const) field(item.row, name).value = String(Math.round(b[name] * 10) / 10);
    place(item);
  };
  const name = (): void =>
    drawn.forEach(({ row, box }, i) => {
      const text = fill(root.dataset.textBox ?? "", { n: i + 1 });
      box.setAttribute("aria-label", text);
      row.setAttribute("aria-label", text);
    });
  const remove = (item: Drawn): void => {
    drawn.splice(drawn.indexOf(item), 1);
    item.row.remove();
    item.box.remove();
    name();
    say(root.dataset.textRemoved);
    (drawn.at(-1)?.box ?? one("[data-add]", root))?.focus();
  };

  /** Moves or resizes a box while the pointer is down. */
  const drag = (item: Drawn, event: PointerEvent, resize: boolean): void => {
    const start = at(stage.getBoundingClientRect(), event.clientX, event.clientY);
    const before = boxOf(item.row);
    const move = (e: PointerEvent): void => {
      const now = at(stage.getBoundingClientRect(), e.clientX, e.clientY);
      const [dx, dy] = [now.x - start.x, now.y - start.y];
      set(item, resize ? { ...before, w: before.w + dx, h: before.h + dy } : { ...before, x: before.x + dx, y: before.y + dy });
    };
    const stop = (): void => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
  };

  const adopt = (row: HTMLElement): Drawn => {
    const box = document.createElement("button");
    box.type = "button";
    box.className = "cover__box";
    const corner = document.createElement("span");
    corner.className = "cover__corner";
    box.append(corner);
    stage.append(box);
    const item = { row, box };
    drawn.push(item);
    place(item);
    name();
    box.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      box.focus();
      drag(item, event, event.target === corner);
    });
    box.addEventListener("keydown", (event) => {
      const step = event.altKey ? 0.2 : 1;
      const [dx, dy] = ({ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] } as Record<string, [number, number]>)[event.key] ?? [0, 0];
      if (event.key === "Delete" || event.key === "Backspace") remove(item);
      else if (dx || dy) {
        const b = boxOf(row);
        set(item, event.shiftKey ? { ...b, w: b.w + dx, h: b.h + dy } : { ...b, x: b.x + dx, y: b.y + dy });
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    row.addEventListener("input", () => place(item));
    row.addEventListener("change", () => place(item));
    const button = one("[data-remove]", row);
    show(button);
    button?.addEventListener("click", () => remove(item));
    return item;
  };
  const add = (b: Box): Drawn | null => {
    if (drawn.length >= most) return null;
    const row = blank.cloneNode(true) as HTMLElement;
    for (const input of all<HTMLInputElement>("input", row)) {
      input.value = "";
      input.removeAttribute("id");
    }
    field(row, "how").value = "black"; // the surer of the two
    rows.append(row);
    const item = adopt(row);
    set(item, b);
    say(root.dataset.textAdded, drawn.length);
    return item;
  };

  for (const row of all("[data-row]", rows)) {
    if (["x", "y", "w", "h"].some((n) => field(row, n).value.trim())) adopt(row);
    else row.remove(); // empty rows are for those without a script
  }
  stage.classList.add("cover__stage--live");
  show(one("[data-tools]", root));
  for (const element of all("[data-nojs]", root)) show(element, false);
  one("[data-add]", root)?.addEventListener("click", () => add(freePlace({ w: 20, h: 15 }, drawn.map(({ row }) => boxOf(row))))?.box.focus());
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const start = at(stage.getBoundingClientRect(), event.clientX, event.clientY);
    const item = add({ ...start, w: 0.5, h: 0.5 });
    if (!item) return;
    item.box.focus();
    drag(item, event, true);
  });
}

for (const root of all<HTMLFormElement>("[data-cover]")) cover(root);
