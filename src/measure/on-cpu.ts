/** A CPU, of a lab on several hosts with the name of the one that has it. */
export interface OnCpu {
  readonly host?: string | undefined;
  readonly cpu: number;
}

/** Whether these are one CPU: hosts of a lab number theirs alike. */
export function isSameCpu(a: OnCpu, b: OnCpu): boolean {
  return a.cpu === b.cpu && a.host === b.host;
}

/** `CPU 1`, of a lab on several hosts `CPU 1 of host a`. */
export function cpuWords({ host, cpu }: OnCpu): string {
  return host === undefined ? `CPU ${cpu}` : `CPU ${cpu} of host ${host}`;
}
