// A weak network between browser and server: a TCP proxy that breaks where a test says. The browser believes to be online all the while,
// as on a train.
import { connect, createServer } from "node:net";

/** @param {string} target base address of the server @returns a proxy; `url` is what the browser talks to. */
export async function startNetwork(target) {
  const { hostname, port } = new URL(target);
  const sockets = new Set();
  let up = true;
  let plan = null; // { on: what a request says, keep: bytes of it that still pass } or { on, swallow: true }
  let refused = null; // requests that never get through, from whomever: the service worker's too
  let counted = 0; // bytes that passed towards the server since `count()`

  const down = () => {
    up = false;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (!up) return client.destroy();
    const remote = connect(Number(port), hostname);
    for (const socket of [client, remote]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        remote.destroy();
      });
    }
    let left = Infinity; // bytes that may pass before the break
    let swallow = false;
    client.on("data", (data) => {
      if (refused?.test(data.toString("latin1"))) return client.destroy();
      if (plan?.on.test(data.toString("latin1"))) {
        if (plan.swallow) swallow = true;
        else left = plan.keep;
        plan = null;
      }
      const part = data.subarray(0, Math.min(left, data.length));
      left -= part.length;
      counted += part.length;
      remote.write(part, () => left <= 0 && setTimeout(down, 50)); // the server has it before the line breaks
    });
    remote.on("data", (data) => (swallow ? down() : client.write(data)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    down,
    up: () => void (up = true),
    isUp: () => up,
    /** The next request with this text in it breaks after `keep` bytes, and the network is gone. */
    cutIn: (on, keep) => void (plan = { on, keep }),
    /** The next such request arrives, its answer does not, and the network is gone. */
    loseAnswerOf: (on) => void (plan = { on, swallow: true }),
    /** Requests with this in them break, all others pass; `null` ends it. */
    refuse: (on) => void (refused = on),
    count: () => void (counted = 0),
    counted: () => counted,
    stop: () => new Promise((resolve) => (down(), server.close(resolve))),
  };
}
