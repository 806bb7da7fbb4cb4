// Every screen that `make shots` photographs, in the order in which a person meets them: empty, filled, error, done.
// A new screen is one line in `screens/`.
import { citizen, staff } from "./lib/people.mjs";
import { newPerson } from "./screens/newcomer.mjs";
import { bankScreens, portalPerson, sandboxBankScreens } from "./screens/banks.mjs";
import { documentScreens } from "./screens/documents.mjs";
import { dossierScreens } from "./screens/dossiers.mjs";
import { paymentScreens } from "./screens/payments.mjs";
import { behalfScreens } from "./screens/behalf.mjs";
import { citizenScreens } from "./screens/citizen.mjs";
import { guestScreens } from "./screens/guests.mjs";
import { helpingScreens } from "./screens/helping.mjs";
import { intakeScreens } from "./screens/intake.mjs";
import { registryScreens } from "./screens/registry.mjs";
import { releaseScreens } from "./screens/release.mjs";
import { signedScreens } from "./screens/signed.mjs";
import { tillScreens } from "./screens/till.mjs";
import { staffScreens } from "./screens/staff.mjs";
import { vneidScreens } from "./screens/vneid.mjs";
import { weakScreens } from "./screens/weak.mjs";

/** Who can be signed in, by the name used in `as`. */
export const peopleOf = (demo) => ({
  citizen: citizen("0999000001"),
  second: citizen("0999000002"),
  newcomer: newPerson(demo),
  portal: portalPerson(demo),
  officer: staff("canbo"),
  leader: staff("lanhdao"),
  dispatcher: staff("dieuphoi"),
  inspector: staff("kiemtra"),
  administrator: staff("quantri"),
});

export const screensOf = (demo) => [...citizenScreens(demo), ...guestScreens(demo), ...helpingScreens(demo), ...bankScreens(demo), ...dossierScreens(demo), ...documentScreens(demo), ...paymentScreens(demo), ...behalfScreens(demo), ...signedScreens(demo), ...weakScreens(), ...staffScreens(demo), ...intakeScreens(), ...releaseScreens(demo), ...sandboxScreens(demo)];

const sandboxScreens = (demo) => [
  { name: "sandbox", path: demo.sandbox },
  { name: "sandbox-phones", path: `${demo.sandbox}/sms` },
  { name: "sandbox-codes", path: `${demo.sandbox}/totp` },
  ...vneidScreens(demo),
  ...registryScreens(demo),
  ...sandboxBankScreens(demo),
  ...tillScreens(demo),
];
