// The wizard's own copy on the phone: what is written, step by step, so that it can be finished without a network.
import { draftOf } from "../offline";
import { draft as load, empty, putDraft, removeDraft, type Draft, type Photo } from "./db";
import { knownOwner } from "./owner";
import { isShown } from "./rules";

// One change after the other: two at once would lose one of them.
let turn: Promise<unknown> = Promise.resolve();

/** Changes the phone's copy of a draft; makes it when there is none. A phone that cannot keep anything simply does not. */
export function change(id: string, with_: (draft: Draft) => void): Promise<void> {
  const done = turn.then(async () => {
    const kept = await load(id);
    // Where somebody else left off on this phone, nobody goes on.
    const draft = kept && isShown(kept, knownOwner()) ? kept : empty(id, knownOwner());
    draft.owner = knownOwner() ?? draft.owner;
    with_(draft);
    draft.savedAt = Date.now();
    await putDraft(draft);
  });
  turn = done.catch(() => {});
  return done.catch(() => {});
}

/** The first page's choice moves into the draft that the server made of it. */
export function adopt(id: string): void {
  if (id === "moi") return;
  turn = turn
    .then(async () => {
      const first = await load("moi");
      if (!first?.category || !isShown(first, knownOwner()) || (await load(id))) return;
      await putDraft({ ...first, id, owner: knownOwner() });
      await removeDraft("moi");
    })
    .catch(() => {});
}

const same = (one: Photo, other: Photo): boolean => (one.remote !== undefined && one.remote === other.remote) || (one.name === other.name && one.blob.size === other.blob.size);

export const keepPhoto = (url: string, photo: Photo): Promise<void> =>
  change(draftOf(url), (draft) => {
    const at = draft.photos.findIndex((kept) => same(kept, photo));
    if (at >= 0) draft.photos[at] = photo;
    else draft.photos.push(photo);
  });

export const dropPhoto = (url: string, name: string, remote: string | null): Promise<void> =>
  change(draftOf(url), (draft) => {
    const at = draft.photos.findIndex((kept) => (remote ? kept.remote === remote : kept.name === name));
    if (at >= 0) draft.photos.splice(at, 1);
  });
