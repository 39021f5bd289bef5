/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_PACKET_H
#define NF_PACKET_H

/*
 * Frames as the generator makes them: Ethernet, perhaps an 802.1Q tag, IPv4 or IPv6, UDP or TCP, the stamp, zeroes. What all frames of a trial have in
 * common is made once (the template); this file also says where in it the fields are that differ by size and flow, and what goes there.
 *
 * Checksums are kept as sums of 16-bit words in the order of memory, which may be added in any order and grouping (RFC 1071).
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ether.h>

#include "flows.h"
#include "genome.h"

/* Ethernet, tag, IPv6, TCP and the magic of the stamp are 80 bytes. */
#define PACKET_HEADERS_MAX 96
#define PACKET_FIRST_SOURCE_PORT 1024u
#define PACKET_FIRST_DESTINATION_PORT 9u
/* Flows by port: that many source ports for each destination port. */
#define PACKET_SOURCE_PORTS 60000u
/* Flows by address: this many low bits of the source address vary, and as many of the destination's for each of them. */
#define PACKET_ADDRESS_BITS 10u

/* What the headers say. */
struct packet_spec {
	struct rte_ether_addr src_mac;
	struct rte_ether_addr dst_mac;
	uint16_t vlan; /* 0: no tag */
	bool ipv6;
	bool tcp;
	uint8_t src_ip[16]; /* in network byte order; IPv4 addresses take the first four bytes */
	uint8_t dst_ip[16];
	enum flows_vary vary;
	bool many_flows;
};

/* What differs by size. */
struct packet_size {
	uint16_t length;       /* of the buffer: without the FCS */
	uint16_t ip_length;    /* in network byte order, as are the others */
	uint16_t transport_length; /* of the transport header and what follows it */
	uint32_t ip_sum;       /* IPv4 header without its checksum and what varies by flow */
	uint32_t transport_sum; /* pseudo header, transport header and the stamp's magic, without what varies by flow */
};

struct packet_template {
	/* Offsets in the frame. */
	uint16_t stamp;
	uint16_t src_address; /* of the low 32 bits */
	uint16_t dst_address;
	uint16_t ip_length;
	uint16_t ip_checksum;
	uint16_t transport;   /* of the ports */
	uint16_t checksum;    /* of the transport header */
	bool ipv6;
	bool tcp;
	bool plain;           /* untagged UDP over IPv4: all offsets are those of PACKET_PLAIN_* */
	bool checksummed;     /* the transport header has a checksum: all but UDP over IPv4, which may go without */
	uint32_t src_low;     /* the low 32 bits of the addresses, in host byte order */
	uint32_t dst_low;
	uint16_t headers_length;
	uint16_t frame_length; /* of the largest frame, without the FCS */
	uint8_t headers[PACKET_HEADERS_MAX];
	struct packet_size sizes[GENOME_MAX_SIZES];
};

/* The smallest frame with these headers and a stamp, in bytes with the FCS. */
unsigned int packet_min_bytes(const struct packet_spec *spec);
/* Makes the template for frames of the genome's sizes, none below packet_min_bytes. */
void packet_make_template(struct packet_template *made, const struct packet_spec *spec, const struct genome *genome);

/* The ports of a flow, as the four bytes in a frame. */
static inline uint32_t
packet_ports(uint32_t flow)
{
	uint16_t src = (uint16_t)(PACKET_FIRST_SOURCE_PORT + flow % PACKET_SOURCE_PORTS);
	uint16_t dst = (uint16_t)(PACKET_FIRST_DESTINATION_PORT + flow / PACKET_SOURCE_PORTS);

	return rte_cpu_to_be_32((uint32_t)src << 16 | dst);
}

/* The checksum that a sum stands for. */
static inline uint16_t
packet_checksum(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

#endif
