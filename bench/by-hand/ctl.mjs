// SPDX-License-Identifier: Apache-2.0
// One request to the control socket of an NF, as docs/nf-control.md describes it: node ctl.mjs SOCKET METHOD [PARAMETERS-AS-JSON]
import { connect } from "node:net";
import { pathToFileURL } from "node:url";

/** Resolves to the result, or fails with the NF's error. */
export function call(path, method, params = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(10_000, () => socket.destroy(new Error(`${path}: no answer to ${method}`)));
    socket.on("error", reject);
    socket.on("data", (part) => {
      text += part;
      let answer;
      try {
        answer = JSON.parse(text);
      } catch {
        return; // not whole yet
      }
      socket.end();
      if (answer.error === null) resolve(answer.result);
      else reject(new Error(`${path}: ${method}: ${answer.error}`));
    });
    socket.on("close", () => reject(new Error(`${path}: closed before ${method} was answered`)));
    socket.write(JSON.stringify({ id: 1, method, params: [params] }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [path, method, params] = process.argv.slice(2);
  console.log(JSON.stringify(await call(path, method, JSON.parse(params ?? "{}"))));
}
