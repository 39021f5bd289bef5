import { fingerprint, type KnownHostPlace, keyTypeOf } from "./known-hosts.ts";

/**
 * What is said about a host's key, in the words that people know from ssh: whoever has read about them once knows what to do, and a search finds them.
 */

/** The name of a kind of key as ssh shows it: `ED25519`. */
export function shownKeyType(keyType: string): string {
  if (keyType.startsWith("ecdsa-sha2-")) return "ECDSA";
  const name = keyType
    .replace(/^sk-/, "")
    .replace(/^ssh-/, "")
    .replace(/@openssh\.com$/, "");
  return ({ ed25519: "ED25519", rsa: "RSA", dss: "DSA" } as Record<string, string>)[name] ?? name.toUpperCase();
}

/** Before the question whether to trust a key that nobody has seen. */
export function unknownKeyText(
  name: string,
  address: string,
  key: Uint8Array,
  otherNames: readonly KnownHostPlace[],
): string {
  const shown = address === "" || name.includes(address) ? name : `${name} (${address})`;
  return [
    `The authenticity of host '${shown}' can't be established.`,
    `${shownKeyType(keyTypeOf(key))} key fingerprint is ${fingerprint(key)}.`,
    ...(otherNames.length === 0
      ? ["This key is not known by any other names."]
      : [
          "This host key is known by the following other names/addresses:",
          ...otherNames.map(({ path, line }) => `    ${path}:${line}`),
        ]),
  ].join("\n");
}

export const UNKNOWN_KEY_QUESTION = "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";

/** A key that nobody may be asked about. */
export function refusedUnknownKeyText(name: string, key: Uint8Array): string {
  const type = shownKeyType(keyTypeOf(key));
  return `No ${type} host key is known for ${name} and you have requested strict checking.\nHost key verification failed.`;
}

/** A key that is not the one on record. */
export function changedKeyText(name: string, key: Uint8Array, offending: KnownHostPlace): string {
  return `${LINE}
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
${LINE}
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ${shownKeyType(keyTypeOf(key))} key sent by the remote host is
${fingerprint(key)}.
Please contact your system administrator.
Add correct host key in ${offending.path} to get rid of this message.
Offending ${shownKeyType(offending.keyType)} key in ${offending.path}:${offending.line}
Host key for ${name} has changed and you have requested strict checking.
Host key verification failed.`;
}

/** A key that its owner has declared stolen or lost. */
export function revokedKeyText(name: string, key: Uint8Array): string {
  const type = shownKeyType(keyTypeOf(key));
  return `${LINE}
@       WARNING: REVOKED HOST KEY DETECTED!               @
${LINE}
The ${type} host key for ${name} is marked as revoked.
This could mean that a stolen key is being used to impersonate this host.
${type} host key for ${name} was revoked and you have requested strict checking.
Host key verification failed.`;
}

const LINE = "@".repeat(59);
