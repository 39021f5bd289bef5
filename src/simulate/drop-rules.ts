import type { DropRule, TrafficSpec } from "../topology/topology.ts";

/** How the generator numbers its flows by port (images/nf/src/packet.h). */
const FIRST_SOURCE_PORT = 1024;
const FIRST_DESTINATION_PORT = 9;
const SOURCE_PORTS = 60_000;

/**
 * Share of the generator's packets that a forwarder's rules drop. A rule sees the packets that none before it has dropped, and takes every nth of those that it
 * fits; where several rules fit the same flow the shares are those of rules that strike independently.
 */
export function droppedShare(rules: readonly DropRule[], traffic: TrafficSpec): number {
  if (rules.length === 0) return 0;
  const { count, choice, skew } = traffic.flows;
  let [dropped, total] = [0, 0];
  for (let flow = 0; flow < count; flow++) {
    const weight = choice === "zipf" ? (flow + 1) ** -skew : 1;
    const kept = rules.reduce((left, rule) => (fits(rule, flow, traffic) ? left * (1 - 1 / rule.every) : left), 1);
    dropped += weight * (1 - kept);
    total += weight;
  }
  return dropped / total;
}

function fits(rule: DropRule, flow: number, { flows, transport }: TrafficSpec): boolean {
  const number = flows.vary === "port" ? flow : 0;
  const sourcePort = FIRST_SOURCE_PORT + (number % SOURCE_PORTS);
  const destinationPort = FIRST_DESTINATION_PORT + Math.floor(number / SOURCE_PORTS);
  return (
    (rule.transport ?? transport) === transport &&
    (rule.sourcePort ?? sourcePort) === sourcePort &&
    (rule.destinationPort ?? destinationPort) === destinationPort
  );
}
