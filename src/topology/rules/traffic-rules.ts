import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { genomeText, smallestStampedFrame } from "../frames.ts";
import type { TrafficSpec } from "../topology.ts";

/** What is sent must hold together: headers and stamp fit the smallest frame, and a capture brings its own frames. */
export function trafficRules({ traffic, rateInBits }: Draft, report: DiagnosticList): void {
  if (traffic === undefined) return;
  if (traffic.pcap === undefined) stampFits(traffic, report);
  else captureAlone(traffic, rateInBits, report);
  skewMatters(traffic, report);
}

function stampFits(traffic: TrafficSpec, report: DiagnosticList): void {
  const smallest = Math.min(...traffic.frames.map(({ bytes }) => bytes));
  const least = smallestStampedFrame(traffic);
  if (smallest >= least) return;
  const tag = traffic.vlan === undefined ? "" : " with a VLAN tag";
  const headers = `${traffic.network === "ipv6" ? "IPv6" : "IPv4"} and ${traffic.transport.toUpperCase()}${tag}`;
  report.error({
    code: "frame-too-small",
    place: { path: ["traffic", "frame"] },
    message: `a frame of ${smallest} bytes has no room for ${headers} and the stamp that is measured by`,
    help: `the smallest frame for these headers has ${least} bytes`,
  });
}

/** What is sent where the file says nothing of frames. */
const USUAL_FRAME = "64";

/** What a capture replaces must not be given as if it counted. */
function captureAlone(traffic: TrafficSpec, rateInBits: boolean, report: DiagnosticList): void {
  if (rateInBits) {
    report.error({
      code: "capture-in-bits",
      place: { path: ["traffic", "rate"] },
      message: "a rate of bits takes the sizes of the frames, and those of a capture are not known here",
      help: "write the rate in packets per second (100kpps), or max",
    });
  }
  const without = traffic.vlan !== undefined || traffic.flows.count !== 1 || genomeText(traffic.frames) !== USUAL_FRAME;
  if (!without) return;
  report.warning({
    code: "capture-decides",
    place: { path: ["traffic", "pcap"], part: "key" },
    message: "frames, flows and headers are those of the capture; what the file says of them does nothing",
    help: "remove frame, flows and vlan, or pcap",
  });
}

function skewMatters({ flows }: TrafficSpec, report: DiagnosticList): void {
  if (flows.choice === "zipf" || flows.skew === 1) return;
  report.warning({
    code: "skew-without-zipf",
    place: { path: ["traffic", "flows", "skew"], part: "key" },
    message: `skew does nothing with choice ${flows.choice}`,
    help: "write choice: zipf, or remove skew",
  });
}
