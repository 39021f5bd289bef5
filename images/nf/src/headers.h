/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_HEADERS_H
#define NF_HEADERS_H

/*
 * What a frame is: the protocols of its headers and where its transport header ends, which is where the generator puts its stamp. Every length is
 * checked against what is there; a header that is cut short, an extension or a fragment ends the walk.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <netinet/in.h>

enum {
	HEADERS_IPV4 = 1u << 0,
	HEADERS_IPV6 = 1u << 1,
	HEADERS_UDP = 1u << 2,
	HEADERS_TCP = 1u << 3,
	HEADERS_ARP = 1u << 4,
	HEADERS_VLAN = 1u << 5, /* beside what is inside the tag */
	HEADERS_OTHER = 1u << 6, /* neither IPv4, nor IPv6, nor ARP */
	HEADERS_KINDS = 7,
	HEADERS_VLAN_INDEX = 5,
};

struct headers {
	uint32_t kinds;
	uint32_t network;   /* offset of the IP header; 0: none */
	uint32_t transport; /* offset of the UDP or TCP header; 0: none */
	uint32_t payload;   /* offset of what follows the transport header; 0: none */
	uint8_t protocol;   /* IP protocol number, when there is an IP header */
};

/* A 16-bit number in network byte order. */
static inline uint32_t
headers_load16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* Whether a frame of at least 42 bytes is untagged and whole UDP over IPv4 without options: one comparison for nearly every frame of a trial. */
static inline bool
headers_plain_udp(const uint8_t *frame)
{
	uint32_t type_and_size, fragment_and_protocol;

	/* 08 00 45: IPv4 with a header of five words; then a fragment offset of 0, and UDP. Service class and time to live may be anything. */
	memcpy(&type_and_size, frame + 12, sizeof(type_and_size));
	memcpy(&fragment_and_protocol, frame + 20, sizeof(fragment_and_protocol));
	return (((type_and_size & htonl(0xffffff00)) ^ htonl(0x08004500)) | ((fragment_and_protocol & htonl(0x1fff00ff)) ^ htonl(IPPROTO_UDP))) == 0;
}

/* Finds the transport header behind an IP header. */
static inline void
headers_transport(struct headers *headers, const uint8_t *frame, uint32_t length, uint32_t at)
{
	uint32_t size;

	if (headers->protocol == IPPROTO_UDP && at + 8 <= length) {
		headers->kinds |= HEADERS_UDP;
		size = 8;
	} else if (headers->protocol == IPPROTO_TCP && at + 20 <= length) {
		headers->kinds |= HEADERS_TCP;
		size = (uint32_t)(frame[at + 12] >> 4) * 4;
	} else {
		return;
	}
	headers->transport = at;
	if (size >= 8 && at + size <= length)
		headers->payload = at + size;
}

/* Reads the headers of a frame whose first `length` bytes are in one piece. */
static inline struct headers
headers_read(const uint8_t *frame, uint32_t length)
{
	struct headers headers = {0};
	uint32_t at = 12;
	uint32_t type;

	type = length >= 14 ? headers_load16(frame + at) : 0;
	at += 2;
	while ((type == 0x8100 || type == 0x88a8) && at + 4 <= length) {
		headers.kinds |= HEADERS_VLAN;
		type = headers_load16(frame + at + 2);
		at += 4;
	}
	if (type == 0x0800 && at + 20 <= length && frame[at] >> 4 == 4) {
		uint32_t size = (uint32_t)(frame[at] & 0xf) * 4;

		headers.kinds |= HEADERS_IPV4;
		headers.network = at;
		headers.protocol = frame[at + 9];
		/* Only the first fragment has the transport header. */
		if (size >= 20 && (headers_load16(frame + at + 6) & 0x1fff) == 0)
			headers_transport(&headers, frame, length, at + size);
	} else if (type == 0x86dd && at + 40 <= length) {
		headers.kinds |= HEADERS_IPV6;
		headers.network = at;
		headers.protocol = frame[at + 6];
		headers_transport(&headers, frame, length, at + 40);
	} else {
		headers.kinds |= type == 0x0806 ? HEADERS_ARP : HEADERS_OTHER;
	}
	return headers;
}

#endif
