/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder: what comes in at port 0 goes out of port 1 and the other way round (2 and 3 likewise; a port without a partner is its own). Addresses
 * are swapped, or set to those that `start` gives for the port that a frame leaves by. It may give IPv4 addresses too, for a network that passes only its
 * own; they are set in UDP without a checksum, such as the generator sends, so that no checksum over the payload has to follow.
 *
 * A burst that the port does not take at once is held, and its direction not read meanwhile, so that the pressure goes back to where frames come from;
 * what is still held after HOLD_MS is dropped and counted, for then nobody is there to take it.
 */
#include <arpa/inet.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_udp.h>

#include "nf.h"
#include "tsc.h"

#define HOLD_MS 10

/* What leaves by one port. */
struct direction {
	bool rewrite;
	bool rewrite_ip;
	struct rte_ether_addr dst;
	rte_be32_t src_ip;
	rte_be32_t dst_ip;
	uint64_t held_since;
	unsigned int first;
	unsigned int pending;
	struct rte_mbuf *mbufs[NF_BURST];
} NF_CACHE_ALIGNED;

/* What `start` asks for, by port. */
struct rewrite {
	bool wanted;
	bool with_ip;
	struct rte_ether_addr dst;
	rte_be32_t src_ip;
	rte_be32_t dst_ip;
};

static struct l2fwd {
	struct direction directions[NF_MAX_PORTS];
	struct rewrite next[NF_MAX_PORTS]; /* written by main before `begin` */
	uint64_t hold_ticks;
	nf_counter forwarded;
} fwd;

/* The port that frames from this one leave by. */
static unsigned int
partner(const struct nf *nf, unsigned int index)
{
	return (index ^ 1) < nf->port_count ? index ^ 1 : index;
}

/* Gives a frame of UDP over IPv4 that has no UDP checksum other IPv4 addresses. */
static inline void
set_ip_addresses(const struct direction *direction, struct rte_mbuf *mbuf)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ether + 1);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);

	if (mbuf->data_len < sizeof(*ether) + sizeof(*ip) + sizeof(*udp) || ether->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
	    ip->version_ihl != RTE_IPV4_VHL_DEF || ip->next_proto_id != IPPROTO_UDP || udp->dgram_cksum != 0)
		return;
	ip->src_addr = direction->src_ip;
	ip->dst_addr = direction->dst_ip;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* Gives one frame the addresses that it leaves with. */
static inline void
set_addresses(const struct direction *direction, const struct nf_port *out, struct rte_mbuf *mbuf)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, struct rte_ether_hdr *);
	struct rte_ether_addr dst = ether->dst_addr;

	if (direction->rewrite) {
		ether->dst_addr = direction->dst;
		ether->src_addr = out->mac;
		if (direction->rewrite_ip)
			set_ip_addresses(direction, mbuf);
	} else {
		ether->dst_addr = ether->src_addr;
		ether->src_addr = dst;
	}
}

/* Receives a burst and gets it ready to leave. */
static void
receive(struct direction *direction, struct nf_port *in, const struct nf_port *out, uint64_t now)
{
	uint64_t bytes = 0;
	unsigned int count, i;

	count = rte_eth_rx_burst(in->id, 0, direction->mbufs, NF_BURST);
	direction->first = 0;
	direction->pending = count;
	direction->held_since = now;
	if (count == 0)
		return;
	for (i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(direction->mbufs[i], void *));
	for (i = 0; i < count; i++) {
		bytes += direction->mbufs[i]->pkt_len + NF_FCS_BYTES;
		set_addresses(direction, out, direction->mbufs[i]);
	}
	counter_add(&in->counters.rx_packets, count);
	counter_add(&in->counters.rx_bytes, bytes);
}

/* Offers what waits to the port; returns how many it took. */
static unsigned int
transmit(struct direction *direction, struct nf_port *out, uint64_t now)
{
	struct rte_mbuf **waiting = &direction->mbufs[direction->first];
	uint64_t bytes = 0;
	unsigned int sent, i;

	/* The port may free what it takes, so look first; a burst is nearly always taken whole. */
	for (i = 0; i < direction->pending; i++)
		bytes += waiting[i]->pkt_len + NF_FCS_BYTES;
	sent = rte_eth_tx_burst(out->id, 0, waiting, (uint16_t)direction->pending);
	for (i = sent; i < direction->pending; i++)
		bytes -= waiting[i]->pkt_len + NF_FCS_BYTES;
	direction->first += sent;
	direction->pending -= sent;
	counter_add(&fwd.forwarded, sent);
	counter_add(&out->counters.tx_packets, sent);
	counter_add(&out->counters.tx_bytes, bytes);
	if (direction->pending > 0 && now - direction->held_since > fwd.hold_ticks) {
		rte_pktmbuf_free_bulk(&direction->mbufs[direction->first], direction->pending);
		counter_add(&out->counters.tx_unsent, direction->pending);
		direction->pending = 0;
	}
	return sent;
}

static struct nf_turn
l2fwd_turn(struct nf *nf, uint64_t now)
{
	struct nf_turn turn = {0};
	unsigned int i;

	for (i = 0; i < nf->port_count; i++) {
		unsigned int to = partner(nf, i);
		struct direction *direction = &fwd.directions[to];

		if (direction->pending == 0)
			receive(direction, &nf->ports[i], &nf->ports[to], now);
		if (direction->pending == 0)
			continue;
		turn.packets += transmit(direction, &nf->ports[to], now);
		turn.stalled |= direction->pending > 0;
	}
	return turn;
}

static int
l2fwd_init(struct nf *nf)
{
	(void)nf;
	fwd.hold_ticks = tsc_hz() * HOLD_MS / 1000;
	return 0;
}

/* Reads an IPv4 address, if it is there; false if what is there is none. */
static bool
read_ip(struct json_value entry, const char *key, bool *found, rte_be32_t *ip)
{
	struct json_value value;
	char string[INET_ADDRSTRLEN];

	*found = json_member(entry, key, &value);
	return !*found || (json_to_string(value, string, sizeof(string)) && inet_pton(AF_INET, string, ip) == 1);
}

static const char *
l2fwd_prepare(struct nf *nf, struct json_value params)
{
	struct rewrite next[NF_MAX_PORTS] = {0};
	struct json_value list, entry, value;
	unsigned int i;

	if (json_member(params, "rewrite", &list)) {
		if (!json_is(list, '['))
			return "rewrite is an array";
		for (i = 0; json_element(list, i, &entry); i++) {
			bool with_src, with_dst;
			uint64_t port;
			char mac[20];

			if (!json_member(entry, "port", &value) || !json_to_number(value, nf->port_count - 1, &port))
				return "rewrite names a port that is not there";
			if (!json_member(entry, "dstMac", &value) || !json_to_string(value, mac, sizeof(mac)) ||
			    rte_ether_unformat_addr(mac, &next[port].dst) != 0)
				return "rewrite wants a dstMac";
			if (!read_ip(entry, "srcIp", &with_src, &next[port].src_ip) ||
			    !read_ip(entry, "dstIp", &with_dst, &next[port].dst_ip) || with_src != with_dst)
				return "rewrite wants both srcIp and dstIp, as IPv4 addresses, or neither";
			next[port].with_ip = with_src;
			next[port].wanted = true;
		}
	}
	for (i = 0; i < NF_MAX_PORTS; i++)
		fwd.next[i] = next[i];
	return NULL;
}

static void
l2fwd_begin(struct nf *nf, uint64_t now)
{
	unsigned int i;

	(void)now;
	for (i = 0; i < nf->port_count; i++) {
		fwd.directions[i].rewrite = fwd.next[i].wanted;
		fwd.directions[i].rewrite_ip = fwd.next[i].with_ip;
		fwd.directions[i].dst = fwd.next[i].dst;
		fwd.directions[i].src_ip = fwd.next[i].src_ip;
		fwd.directions[i].dst_ip = fwd.next[i].dst_ip;
	}
	counter_set(&fwd.forwarded, 0);
}

static void
l2fwd_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	json_number(out, "forwarded", counter_get(&fwd.forwarded));
}

const struct nf_app app_l2fwd = {
	.name = "l2fwd",
	.receives = true,
	.init = l2fwd_init,
	.prepare = l2fwd_prepare,
	.begin = l2fwd_begin,
	.turn = l2fwd_turn,
	.stats = l2fwd_stats,
};
