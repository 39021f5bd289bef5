/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_ADDRESSES_H
#define NF_ADDRESSES_H

/* The addresses that a forwarder gives frames: those of the port that they go to, as `start` tells them, or their own exchanged. */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "json.h"

/* Of what leaves by one port. */
struct addresses {
	bool rewrite;
	bool rewrite_ip;
	struct rte_ether_addr dst;
	rte_be32_t src_ip;
	rte_be32_t dst_ip;
};

/* The first 16 bytes of a frame. */
typedef uint8_t addresses_head __attribute__((vector_size(16)));

/* Gives a frame of UDP over IPv4 that has no UDP checksum other IPv4 addresses. */
static inline void
addresses_set_ip(const struct addresses *addresses, struct rte_mbuf *mbuf)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ether + 1);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);

	if (mbuf->data_len < sizeof(*ether) + sizeof(*ip) + sizeof(*udp) || ether->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
	    ip->version_ihl != RTE_IPV4_VHL_DEF || ip->next_proto_id != IPPROTO_UDP || udp->dgram_cksum != 0)
		return;
	ip->src_addr = addresses->src_ip;
	ip->dst_addr = addresses->dst_ip;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* Makes a frame leave for where `start` says. */
static inline void
addresses_rewrite(const struct addresses *addresses, const struct rte_ether_addr *own, struct rte_mbuf *mbuf)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, struct rte_ether_hdr *);

	ether->dst_addr = addresses->dst;
	ether->src_addr = *own;
	if (addresses->rewrite_ip)
		addresses_set_ip(addresses, mbuf);
}

/* Swaps the MAC addresses of a frame, with one load, one shuffle and one store. */
static inline void
addresses_swap(struct rte_mbuf *mbuf)
{
	static const addresses_head order = {6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15};
	uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	addresses_head bytes;

	memcpy(&bytes, frame, sizeof(bytes));
	bytes = __builtin_shuffle(bytes, order);
	memcpy(frame, &bytes, sizeof(bytes));
}

/* Makes a frame leave by the port that has this address. */
static inline void
addresses_set(const struct addresses *addresses, const struct rte_ether_addr *own, struct rte_mbuf *mbuf)
{
	if (addresses->rewrite)
		addresses_rewrite(addresses, own, mbuf);
	else
		addresses_swap(mbuf);
}

/* Reads `mode` and `rewrite` of `start`, for each port; returns NULL, or what is wrong. */
const char *addresses_read(struct addresses *next, unsigned int ports, struct json_value params);

#endif
