/** What parts of a lab are, and how they are, in words. */

export const STATES = { up: "running", silent: "does not answer", stopped: "stopped or frozen" };
export const APPS = {
  pktgen: "generator",
  stats: "receiver",
  l2fwd: "forwarder",
  switch: "OVS-DPDK",
  "": "own image",
};
