/** A machine as the user names it: `ssh://user@host:port`. What is not named comes from the configuration of ssh. */
export interface RemoteAddress {
  readonly user: string | undefined;
  /** A name of `~/.ssh/config`, a host name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const HELP = "give it as ssh://user@host or ssh://user@host:port";

/** Reads an address; a text is what is wrong with it. */
export function parseAddress(text: string): RemoteAddress | string {
  const found = /^ssh:\/\/(?:([^@/]*)@)?(\[[^\]/]*\]|[^:@/]*)(?::([^/]*))?\/?$/.exec(text);
  if (found === null) {
    return /^ssh:\/\/.*[^/]\/./.test(text)
      ? `an address of a host has no path: ${HELP}`
      : `no address of a host: ${HELP}`;
  }
  const [, user, bracketed = "", portText] = found;
  const host = bracketed.replace(/^\[(.*)\]$/, "$1");
  if (user?.includes(":")) return "a password does not belong in an address: use an agent or a key file";
  if (user !== undefined && !/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*\$?$/.test(user)) return `no name of a user: ${user}`;
  // A name that begins with a dash could pass for an option somewhere.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(host) && !/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?$/.test(host)) {
    return host === "" ? `the host is missing: ${HELP}` : `no name of a host: ${host}`;
  }
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (!/^\d+$/.test(portText ?? "") || port < 1 || port > 65_535)) {
    return `a port is a number from 1 to 65535, not "${portText}"`;
  }
  return { user, host, port };
}

/** The address as it is named in messages and results; it holds nothing secret. */
export function formatAddress({ user, host, port }: RemoteAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `ssh://${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
}
