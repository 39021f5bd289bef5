import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Who may read what a server tells, and how it is kept from others on the way. */
export interface Access {
  /** What a client has to know; undefined on loopback, where everyone may ask. */
  readonly token?: string | undefined;
  /** PEM texts of the certificate with its chain, and of its key; undefined for plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** Long enough that nobody guesses it over a network. */
export const SHORTEST_TOKEN = 16;

/** The challenge that makes a browser ask for it: any user name, and the token as the password. */
export const CHALLENGE = 'Basic realm="corebed: any name, and the token as password", charset="UTF-8"';

/** Whether a request brings the token: as a bearer token, as Prometheus does, or as the password of a browser's Basic authentication. */
export function bringsToken({ authorization = "" }: IncomingHttpHeaders, token: string): boolean {
  const [, scheme = "", credentials = ""] = /^(\w+) +([\w\-.~+/=]+) *$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return isSame(credentials, token);
    case "basic": {
      const pair = Buffer.from(credentials, "base64").toString("utf8");
      return isSame(pair.slice(pair.indexOf(":") + 1), token);
    }
    default:
      return false;
  }
}

/** Takes as long for a token that is nearly right as for any other. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
