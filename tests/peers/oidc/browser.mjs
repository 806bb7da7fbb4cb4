// The person's browser in these clients: keeps cookies and follows no redirect by itself.

/** Asks with the cookies of `jar` and keeps those that come; with `body` it is a form that is sent. */
export async function ask(jar, url, body) {
  const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "), accept: "text/html" };
  const response = await fetch(url, { method: body ? "POST" : "GET", body, redirect: "manual", headers });
  for (const line of response.headers.getSetCookie()) {
    const [pair] = line.split(";");
    const at = pair.indexOf("=");
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return response;
}

/** Follows the way from `url` until it leads to `end`; `answer` presses the buttons of each page on the way. */
export async function through(jar, url, { issuer, end, answer }) {
  let response = await ask(jar, url);
  for (let hop = 0; hop < 20; hop++) {
    const to = response.headers.get("location");
    if (to) {
      const next = new URL(to, issuer);
      if (next.href.startsWith(end)) return next;
      response = await ask(jar, next);
    } else {
      response = await answer(response);
    }
  }
  throw new Error("no end");
}
