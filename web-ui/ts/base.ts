// Loaded on every page. Nothing here is needed to get a job done; each part makes one thing easier.
import { app } from "./base/app";
import { forms } from "./base/forms";
import { outbox } from "./base/outbox";
import { session } from "./base/session";
import { small } from "./base/small";

for (const start of [forms, small, session, app, outbox]) {
  try {
    start();
  } catch (error) {
    console.error(error); // one broken part never takes the others down
  }
}
