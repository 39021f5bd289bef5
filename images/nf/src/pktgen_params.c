/* SPDX-License-Identifier: Apache-2.0 */
/* What `start` asks of the generator; docs/nf-control.md describes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "pktgen.h"
#include "stamp.h"

/* Bytes that a frame has besides what the MTU counts: Ethernet's header and FCS, and a tag. */
#define FRAME_OVERHEAD 18u
#define TAG_BYTES 4u

/* A whole number among the parameters; one that is left out keeps its default. */
static bool
take_number(struct json_value params, const char *key, uint64_t min, uint64_t max, uint64_t *number)
{
	struct json_value value;

	return !json_member(params, key, &value) || (json_to_number(value, max, number) && *number >= min);
}

/* An address of the network layer; one that is left out keeps its default. */
static bool
take_address(struct json_value params, const char *key, bool ipv6, uint8_t *address)
{
	struct json_value value;
	char string[INET6_ADDRSTRLEN];

	return !json_member(params, key, &value) ||
	       (json_to_string(value, string, sizeof(string)) && inet_pton(ipv6 ? AF_INET6 : AF_INET, string, address) == 1);
}

/* One of two words; the first if it is left out. */
static bool
take_word(struct json_value params, const char *key, const char *first, const char *second, bool *is_second)
{
	struct json_value value;
	char word[8];

	*is_second = false;
	if (!json_member(params, key, &value))
		return true;
	if (!json_to_string(value, word, sizeof(word)))
		return false;
	*is_second = strcmp(word, second) == 0;
	return *is_second || strcmp(word, first) == 0;
}

/* What the headers are to say. Addresses that are left out are of the ranges for measurements (RFC 2544 C.2.2, RFC 5180 8). */
static const char *
take_headers(struct json_value params, struct packet_spec *headers)
{
	struct json_value value;
	uint64_t vlan = 0;
	char mac[20];

	if (!json_member(params, "dstMac", &value) || !json_to_string(value, mac, sizeof(mac)) || rte_ether_unformat_addr(mac, &headers->dst_mac) != 0)
		return "dstMac is a MAC address, and needed";
	if (!take_number(params, "vlan", 1, 4094, &vlan))
		return "vlan is from 1 to 4094";
	if (!take_word(params, "network", "ipv4", "ipv6", &headers->ipv6))
		return "network is ipv4 or ipv6";
	if (!take_word(params, "transport", "udp", "tcp", &headers->tcp))
		return "transport is udp or tcp";
	inet_pton(headers->ipv6 ? AF_INET6 : AF_INET, headers->ipv6 ? "2001:2::1" : "198.18.0.1", headers->src_ip);
	inet_pton(headers->ipv6 ? AF_INET6 : AF_INET, headers->ipv6 ? "2001:2::2" : "198.18.0.2", headers->dst_ip);
	if (!take_address(params, "srcIp", headers->ipv6, headers->src_ip) || !take_address(params, "dstIp", headers->ipv6, headers->dst_ip))
		return headers->ipv6 ? "srcIp and dstIp are IPv6 addresses" : "srcIp and dstIp are IPv4 addresses";
	headers->vlan = (uint16_t)vlan;
	return NULL;
}

/* Checks that all frames can be made and sent. */
static const char *
check_sizes(const struct pktgen_trial *trial, const struct nf_port *port)
{
	static char text[160];
	const struct packet_spec *headers = &trial->headers;
	const struct genome *genome = &trial->genome;
	const unsigned int smallest = genome->bytes[0];
	const unsigned int largest = genome->bytes[genome->count - 1];
	const unsigned int min = packet_min_bytes(headers);
	const unsigned int max = port->mtu + FRAME_OVERHEAD + (headers->vlan != 0 ? TAG_BYTES : 0);

	if (smallest < min)
		snprintf(text, sizeof(text), "a frame of %u bytes has no room for Ethernet%s, %s, %s and the stamp: the smallest has %u bytes", smallest,
			 headers->vlan != 0 ? ", VLAN" : "", headers->ipv6 ? "IPv6" : "IPv4", headers->tcp ? "TCP" : "UDP", min);
	else if (largest > max)
		snprintf(text, sizeof(text), "a frame of %u bytes is too long for the port, whose MTU is %u: the largest has %u bytes", largest, port->mtu, max);
	else
		return NULL;
	return text;
}

/* Gives up the trial's flows, unless they are the other's as well. */
static void
drop_flows(struct pktgen_trial *trial, const struct pktgen_trial *other)
{
	if (trial->flows != other->flows && trial->flows != NULL) {
		flows_free(trial->flows);
		free(trial->flows);
	}
	trial->flows = NULL;
}

/* Gets the flows ready: the trial's own or the other's if they will do. */
static const char *
take_flows(struct pktgen_trial *trial, const struct pktgen_trial *other, const struct flows_spec *spec)
{
	if (other->flows != NULL && flows_alike(&other->flows->spec, spec)) {
		drop_flows(trial, other);
		trial->flows = other->flows;
		return NULL;
	}
	if (trial->flows == NULL || trial->flows == other->flows)
		trial->flows = calloc(1, sizeof(*trial->flows));
	return trial->flows == NULL ? "there is no memory for the flows" : flows_init(trial->flows, spec);
}

/* Gives up the trial's capture, unless it is the other's as well. */
static void
drop_pcap(struct pktgen_trial *trial, const struct pktgen_trial *other)
{
	if (trial->pcap != other->pcap && trial->pcap != NULL) {
		pcap_close(trial->pcap);
		free(trial->pcap);
	}
	trial->pcap = NULL;
}

/* Reads the capture: the trial's own or the other's if it is the same. */
static const char *
open_pcap(struct pktgen_trial *trial, const struct pktgen_trial *other, const char *path)
{
	if (other->pcap != NULL && pcap_holds(other->pcap, path)) {
		drop_pcap(trial, other);
		trial->pcap = other->pcap;
		return NULL;
	}
	if (trial->pcap == NULL || trial->pcap == other->pcap)
		trial->pcap = calloc(1, sizeof(*trial->pcap));
	return trial->pcap == NULL ? "there is no memory for the capture" : pcap_open(trial->pcap, path);
}

/* Gets the capture ready, if there is one. */
static const char *
take_pcap(struct pktgen_trial *trial, const struct pktgen_trial *other, const struct nf_port *port, struct json_value params)
{
	static char text[160];
	const unsigned int max = port->mtu + FRAME_OVERHEAD - NF_FCS_BYTES;
	struct json_value value;
	char path[PCAP_PATH_SIZE];
	const char *problem;

	if (!json_member(params, "pcap", &value)) {
		drop_pcap(trial, other);
		return NULL;
	}
	if (!json_to_string(value, path, sizeof(path)) || path[0] == '\0')
		return "pcap is the path of a capture";
	problem = open_pcap(trial, other, path);
	if (problem != NULL || trial->pcap->longest <= max)
		return problem;
	snprintf(text, sizeof(text), "the capture's longest frame has %u bytes, too long for the port, whose MTU is %u", trial->pcap->longest, port->mtu);
	return text;
}

const char *
pktgen_prepare_trial(struct pktgen_trial *trial, const struct pktgen_trial *other, const struct nf_port *port, struct json_value params)
{
	struct flows_spec flows;
	struct json_value value;
	uint64_t burst = NF_BURST;
	const char *problem;

	memset(&trial->headers, 0, sizeof(trial->headers));
	trial->rate_pps = 0;
	trial->packets = 0;
	if (!take_number(params, "burst", 1, NF_MAX_BURST, &burst))
		return "burst is from 1 to 64";
	if (!take_number(params, "packets", 1, 1ull << STAMP_SEQUENCE_BITS, &trial->packets))
		return "packets is a number of packets, at least 1";
	if (json_member(params, "ratePps", &value) && !json_to_real(value, &trial->rate_pps))
		return "ratePps is a number of packets per second, or 0";
	problem = take_headers(params, &trial->headers);
	if (problem == NULL)
		problem = take_pcap(trial, other, port, params);
	if (problem == NULL)
		problem = genome_read(params, &trial->genome);
	if (problem == NULL && trial->pcap == NULL)
		problem = check_sizes(trial, port);
	if (problem == NULL)
		problem = flows_read(params, &flows);
	if (problem == NULL)
		problem = take_flows(trial, other, &flows);
	if (problem != NULL)
		return problem;
	trial->burst = (unsigned int)burst;
	trial->headers.src_mac = port->mac;
	trial->headers.vary = flows.vary;
	trial->headers.many_flows = flows.count > 1;
	if (trial->pcap == NULL)
		packet_make_template(&trial->made, &trial->headers, &trial->genome);
	return NULL;
}
