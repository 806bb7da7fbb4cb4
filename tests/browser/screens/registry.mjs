// The stand-in for the population registry: whom one may try, the search, the journal of questions, the faults (N16).
import { press } from "../lib/people.mjs";

const search = async (page, wanted) => {
  await page.fill("input[name=wanted]", wanted);
  await press(page, "main form.lookup");
};

export const registryScreens = (demo) => [
  { name: "sandbox-registry", path: demo.registry },
  { name: "sandbox-registry-found", path: demo.registry, js: false, go: (page) => search(page, "hư cấu") },
  { name: "sandbox-registry-found-none", path: demo.registry, go: (page) => search(page, "Không Có Ai") },
  { name: "sandbox-registry-journal", path: `${demo.registry}/nhat-ky` },
  { name: "sandbox-registry-faults", path: `${demo.registry}/loi` },
  // The other system that staff open by a tile (S2); who is in it is looked at in office.test.mjs.
  { name: "sandbox-office", path: demo.office },
  { name: "sandbox-office-trouble", path: `${demo.office}/ve` },
];
