/** Names of ofp_error_type (1.3.1, 7.4.4). */
const TYPES: readonly string[] = [
  "hello failed",
  "bad request",
  "bad action",
  "bad instruction",
  "bad match",
  "flow mod failed",
  "group mod failed",
  "port mod failed",
  "table mod failed",
  "queue op failed",
  "switch config failed",
  "role request failed",
  "meter mod failed",
  "table features failed",
];

/** The codes that a client like this one can provoke, by type: "type.code". */
const CODES: Readonly<Record<string, string>> = {
  "0.0": "incompatible version",
  "1.0": "bad version",
  "1.1": "bad type",
  "1.2": "bad multipart type",
  "1.5": "no permission",
  "1.6": "bad length",
  "1.11": "bad port",
  "2.0": "bad action type",
  "2.1": "bad action length",
  "2.4": "bad output port",
  "3.0": "unknown instruction",
  "4.4": "bad match length",
  "4.6": "bad field",
  "4.7": "bad value",
  "5.1": "table full",
  "5.2": "bad table",
  "5.3": "overlaps",
  "5.6": "bad command",
};

/** The switch refused a message with OFPT_ERROR. */
export class OpenFlowError extends Error {
  override readonly name = "OpenFlowError";
  /** What was refused, e.g. `add flow in_port=1`. */
  readonly request: string;
  readonly peer: string;
  /** ofp_error_type and its code, as numbers. */
  readonly type: number;
  readonly code: number;

  constructor(init: { readonly request: string; readonly peer: string; readonly type: number; readonly code: number }) {
    const { request, peer, type, code } = init;
    const what = `${TYPES[type] ?? `error type ${type}`}: ${CODES[`${type}.${code}`] ?? `code ${code}`}`;
    super(`${peer} refused to ${request}: ${what}`);
    this.request = request;
    this.peer = peer;
    this.type = type;
    this.code = code;
  }
}
