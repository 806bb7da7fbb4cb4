// Whose words a page may show before anything else is known.
import { guestIsGone, knownOwner } from "./owner";
import { isGuest } from "./rules";
import { session } from "./send";

const PATIENCE_MS = 3_000;

/**
 * The last person known here. A guest's proof may be over since, and the next person at this phone is another one: where there is a network,
 * the server is asked first.
 */
export async function ownerHere(): Promise<string | null> {
  if (!isGuest(knownOwner())) return knownOwner();
  const who = await Promise.race([session().catch(() => null), new Promise<null>((late) => setTimeout(() => late(null), PATIENCE_MS))]);
  if (who && !who.signed) guestIsGone();
  return knownOwner();
}
