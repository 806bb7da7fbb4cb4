// Every screen that `make shots` photographs, in the order in which a person meets them: empty, filled, error, done.
// A new screen is one line here.

/** Who can be signed in, by the name used in `as`. */
export const peopleOf = (_demo) => ({});

export const screensOf = (_demo) => [
  { name: "home", path: "/" },
  { name: "home-en", path: "/", language: "en" },
  { name: "home-no-js", path: "/", js: false },
];
