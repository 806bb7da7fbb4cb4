// Which window this is: what somebody wrote before signing in may be read in it, and in no other one after somebody is known.
const WRITER = "outbox-writer";
type Memory = { getItem(key: string): string | null; setItem(key: string, value: string): void };

/** A mark of this window, until it is closed. The worker and private windows without memory have none. */
export function writer(): string {
  try {
    const memory = (globalThis as { sessionStorage?: Memory }).sessionStorage;
    if (!memory) return "";
    const mark = memory.getItem(WRITER) ?? crypto.randomUUID();
    memory.setItem(WRITER, mark);
    return mark;
  } catch {
    return "";
  }
}
