import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/**
 * Why a request is refused; undefined if it is not. A page of another site that makes its name resolve to this machine (DNS rebinding) asks with that name
 * as `Host`; no site can do so with an address. Requests that another site's page makes by address come with an `Origin` or are marked as cross-site.
 */
export function refusalOf(
  headers: IncomingHttpHeaders,
  names: readonly string[],
  scheme: "http" | "https",
): string | undefined {
  const host = headers.host ?? "";
  const name = hostName(host);
  if (name === undefined || !(isIP(name) !== 0 || name === "localhost" || names.includes(name))) {
    return `this is not ${name ?? "what was asked for"}: ask by address or as localhost, or start corebed serve with --listen NAME:PORT`;
  }
  const { origin } = headers;
  const foreign = origin !== undefined && origin !== `${scheme}://${host}`;
  // Following a link from elsewhere to the page is fine.
  const crossSite = headers["sec-fetch-site"] === "cross-site" && headers["sec-fetch-mode"] !== "navigate";
  return foreign || crossSite ? "pages of other sites may not read this" : undefined;
}

/** `[::1]:80` -> `::1`, `Localhost:80` -> `localhost`. */
function hostName(host: string): string | undefined {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d+)?$/i.exec(host) ?? [];
  return v6 ?? name?.toLowerCase();
}
