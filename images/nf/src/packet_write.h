/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_PACKET_WRITE_H
#define NF_PACKET_WRITE_H

/* What the generator writes in a frame that carries the template already. Meant to be compiled once for every shape of traffic that must be fast. */
#include "packet.h"
#include "stamp.h"

/* The offsets of untagged UDP over IPv4; known to the compiler, they cost nothing. */
#define PACKET_PLAIN_IP_LENGTH 16
#define PACKET_PLAIN_IP_CHECKSUM 24
#define PACKET_PLAIN_SRC_ADDRESS 26
#define PACKET_PLAIN_DST_ADDRESS 30
#define PACKET_PLAIN_TRANSPORT 34

/* What the compiler is told of the traffic; everything that is false costs nothing. */
struct packet_shape {
	bool plain;       /* untagged UDP over IPv4: every offset is known */
	bool many_sizes;
	bool many_flows;
	bool by_address;  /* flows differ by address rather than by port */
	bool checksummed; /* the transport header has a checksum */
};

/* The low 32 bits of an address with its last bits counted on by `number`, as the four bytes in a frame: number 0 is the address itself. */
static inline uint32_t
packet_address(uint32_t low, uint32_t number)
{
	const uint32_t mask = (1u << PACKET_ADDRESS_BITS) - 1;

	return rte_cpu_to_be_32((low & ~mask) | ((low + number) & mask));
}

/* The low bits of the source address of a flow, as the four bytes in a frame. */
static inline uint32_t
packet_source(const struct packet_template *made, uint32_t flow)
{
	return packet_address(made->src_low, flow);
}

/* The same of the destination address. */
static inline uint32_t
packet_destination(const struct packet_template *made, uint32_t flow)
{
	return packet_address(made->dst_low, flow >> PACKET_ADDRESS_BITS);
}

/* The same for a transport header, where 0 would mean that there is none (RFC 768) and all ones means the same. */
static inline uint16_t
packet_transport_checksum(uint64_t sum)
{
	uint16_t checksum = packet_checksum(sum);

	return checksum == 0 ? 0xffff : checksum;
}

/* A word's part of a sum. */
static inline uint64_t
packet_sum_word(uint64_t word)
{
	return (word & 0xffffffff) + (word >> 32);
}

/* Writes the fields that differ by size and flow, all but the transport's checksum; returns what they add to that. */
static inline __attribute__((always_inline)) uint64_t
packet_write_fields(uint8_t *frame, const struct packet_template *made, const struct packet_size *size, uint32_t flow, const struct packet_shape shape)
{
	uint8_t *transport = frame + (shape.plain ? PACKET_PLAIN_TRANSPORT : made->transport);
	uint64_t sum = 0;

	if (shape.many_flows && !shape.by_address) {
		uint32_t ports = packet_ports(flow);

		memcpy(transport, &ports, sizeof(ports));
		sum = ports;
	}
	if (shape.many_flows && shape.by_address) {
		uint32_t src = packet_source(made, flow);
		uint32_t dst = packet_destination(made, flow);

		memcpy(frame + (shape.plain ? PACKET_PLAIN_SRC_ADDRESS : made->src_address), &src, sizeof(src));
		memcpy(frame + (shape.plain ? PACKET_PLAIN_DST_ADDRESS : made->dst_address), &dst, sizeof(dst));
		sum = (uint64_t)src + dst;
	}
	if (shape.many_sizes) {
		memcpy(frame + (shape.plain ? PACKET_PLAIN_IP_LENGTH : made->ip_length), &size->ip_length, sizeof(size->ip_length));
		if (shape.plain || !made->tcp)
			memcpy(transport + 4, &size->transport_length, sizeof(size->transport_length));
	}
	if ((shape.many_sizes || (shape.many_flows && shape.by_address)) && (shape.plain || !made->ipv6)) {
		uint16_t checksum = packet_checksum(size->ip_sum + (shape.by_address ? sum : 0));

		memcpy(frame + (shape.plain ? PACKET_PLAIN_IP_CHECKSUM : made->ip_checksum), &checksum, sizeof(checksum));
	}
	return sum;
}

/* Writes the stamp, given as its two words, and all else that differs from packet to packet. */
static inline __attribute__((always_inline)) void
packet_write(uint8_t *frame, const struct packet_template *made, const struct packet_size *size, uint32_t flow, uint64_t word, uint64_t tsc_word,
	     const struct packet_shape shape)
{
	uint64_t sum = packet_write_fields(frame, made, size, flow, shape);

	stamp_write(frame + (shape.plain ? STAMP_PLAIN_OFFSET : made->stamp), word, tsc_word);
	if (shape.checksummed) {
		uint16_t checksum = packet_transport_checksum(size->transport_sum + sum + packet_sum_word(word) + packet_sum_word(tsc_word));

		memcpy(frame + made->checksum, &checksum, sizeof(checksum));
	}
}

#endif
