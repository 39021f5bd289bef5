/** The parts of an {@link OvsdbError}. */
export interface OvsdbErrorInit {
  /** Where in the transaction it failed, counting from 0; `undefined` when every operation succeeded and the commit did not. */
  readonly index: number | undefined;
  /** The operation in a few words, or `commit`. */
  readonly operation: string;
  /** The error string of RFC 7047 or of ovsdb-server, e.g. `constraint violation`, `timed out`, `referential integrity violation`. */
  readonly error: string;
  /** The server's explanation, for people; may be empty. */
  readonly details: string;
  /** Which server, for people. */
  readonly peer: string;
}

/** The server refused a transaction; nothing of it took effect. */
export class OvsdbError extends Error {
  override readonly name = "OvsdbError";
  readonly index: number | undefined;
  readonly operation: string;
  readonly error: string;
  readonly details: string;
  readonly peer: string;

  constructor(init: OvsdbErrorInit) {
    const where = init.index === undefined ? "the commit" : `operation ${init.index} (${init.operation})`;
    super(`${init.peer} refused ${where}: ${init.error}${init.details === "" ? "" : `: ${init.details}`}`);
    this.index = init.index;
    this.operation = init.operation;
    this.error = init.error;
    this.details = init.details;
    this.peer = init.peer;
  }
}
