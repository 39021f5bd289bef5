/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder: what comes in at port 0 goes out of port 1 and the other way round (2 and 3 likewise; a port without a partner is its own). Addresses
 * are swapped, or set to those that `start` gives for the port that a frame leaves by. It may give IPv4 addresses too, for a network that passes only its
 * own; they are set in UDP without a checksum, such as the generator sends, so that no checksum over the payload has to follow. On the way it may drop
 * frames by rules (drop_rules.h) and do work that stands for that of a real function (work.h).
 *
 * A burst that the port does not take at once is held, and its direction not read meanwhile, so that the pressure goes back to where frames come from;
 * what is still held after HOLD_MS is dropped and counted, for then nobody is there to take it.
 */
#include <arpa/inet.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_udp.h>

#include "drop_rules.h"
#include "nf.h"
#include "tsc.h"
#include "work.h"

#define HOLD_MS 10

/* What leaves by one port. */
struct direction {
	bool rewrite;
	bool rewrite_ip;
	struct rte_ether_addr dst;
	rte_be32_t src_ip;
	rte_be32_t dst_ip;
	uint64_t held_since;
	uint16_t queue; /* by which it leaves */
	unsigned int first;
	unsigned int pending;
	uint64_t pending_bytes; /* with the FCS */
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
	struct drop_rules drop;
	struct work work;
	uint64_t hold_ticks;
	nf_counter forwarded;
	nf_counter dropped;
	/* Written by main before `begin`. */
	struct rewrite next[NF_MAX_PORTS];
	struct drop_rules next_drop;
} fwd;

/* The first 16 bytes of a frame. */
typedef uint8_t head __attribute__((vector_size(16)));

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

/* Makes a frame leave for where `start` says. */
static inline void
rewrite_addresses(const struct direction *direction, const struct nf_port *out, struct rte_mbuf *mbuf)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbuf, struct rte_ether_hdr *);

	ether->dst_addr = direction->dst;
	ether->src_addr = out->mac;
	if (direction->rewrite_ip)
		set_ip_addresses(direction, mbuf);
}

/* Swaps the MAC addresses of a frame, with one load, one shuffle and one store. */
static inline void
swap_addresses(struct rte_mbuf *mbuf)
{
	static const head order = {6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15};
	uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	head bytes;

	memcpy(&bytes, frame, sizeof(bytes));
	bytes = __builtin_shuffle(bytes, order);
	memcpy(frame, &bytes, sizeof(bytes));
}

/* Gives the frames of a burst the addresses that they leave with; returns their bytes. */
static inline uint64_t
set_addresses(const struct direction *direction, const struct nf_port *out)
{
	uint64_t bytes = (uint64_t)direction->pending * NF_FCS_BYTES;
	unsigned int i;

	for (i = 0; i < direction->pending; i++) {
		struct rte_mbuf *mbuf = direction->mbufs[i];

		bytes += mbuf->pkt_len;
		if (direction->rewrite)
			rewrite_addresses(direction, out, mbuf);
		else
			swap_addresses(mbuf);
	}
	return bytes;
}

/* Drops what the rules say. */
static void __attribute__((noinline))
drop(struct direction *direction)
{
	unsigned int left = drop_rules_apply(&fwd.drop, direction->mbufs, direction->pending);

	counter_add(&fwd.dropped, direction->pending - left);
	direction->pending = left;
}

/* Looks at the queues of a port in turn until one has something. A flow that came by one queue leaves by one, and so in order. */
static unsigned int
receive_burst(struct direction *direction, struct nf_port *in, const struct nf_port *out)
{
	unsigned int count = 0;
	uint16_t looks;

	for (looks = 0; looks < in->queues && count == 0; looks++) {
		const uint16_t queue = in->rx_turn;

		count = rte_eth_rx_burst(in->id, queue, direction->mbufs, NF_BURST);
		in->rx_turn = queue + 1u == in->queues ? 0 : queue + 1;
		direction->queue = queue < out->queues ? queue : queue % out->queues;
	}
	return count;
}

/* Receives a burst and gets it ready to leave; returns how many of it were dropped. */
static unsigned int
receive(struct direction *direction, struct nf_port *in, const struct nf_port *out, uint64_t now)
{
	uint64_t received_bytes = 0;
	unsigned int count, i;

	count = receive_burst(direction, in, out);
	direction->first = 0;
	direction->pending = count;
	direction->held_since = now;
	if (count == 0)
		return 0;
	for (i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(direction->mbufs[i], void *));
	if (unlikely(fwd.drop.count != 0)) {
		for (i = 0; i < count; i++)
			received_bytes += direction->mbufs[i]->pkt_len + NF_FCS_BYTES;
		drop(direction);
	}
	work_do(&fwd.work, count);
	direction->pending_bytes = set_addresses(direction, out);
	counter_add(&in->counters.rx_packets, count);
	counter_add(&in->counters.rx_bytes, fwd.drop.count != 0 ? received_bytes : direction->pending_bytes);
	return count - direction->pending;
}

/* Offers what waits to the port; returns how many it took. */
static unsigned int
transmit(struct direction *direction, struct nf_port *out, uint64_t now)
{
	uint64_t left_bytes = 0;
	unsigned int sent, i;

	sent = rte_eth_tx_burst(out->id, direction->queue, &direction->mbufs[direction->first], (uint16_t)direction->pending);
	direction->first += sent;
	direction->pending -= sent;
	/* The port may have freed what it took: only what is left can be looked at. A burst is nearly always taken whole. */
	for (i = 0; i < direction->pending; i++)
		left_bytes += direction->mbufs[direction->first + i]->pkt_len + NF_FCS_BYTES;
	counter_add(&fwd.forwarded, sent);
	counter_add(&out->counters.tx_packets, sent);
	counter_add(&out->counters.tx_bytes, direction->pending_bytes - left_bytes);
	direction->pending_bytes = left_bytes;
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
			turn.packets += receive(direction, &nf->ports[i], &nf->ports[to], now);
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

/* Reads `rewrite`, what leaves by which port with which addresses. */
static const char *
read_rewrites(const struct nf *nf, struct json_value params, struct rewrite *next, bool *given)
{
	struct json_value list, entry, value;
	unsigned int i;

	*given = false;
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
			*given = true;
		}
	}
	return NULL;
}

static const char *
l2fwd_prepare(struct nf *nf, struct json_value params)
{
	struct rewrite next[NF_MAX_PORTS] = {0};
	struct json_value value;
	const char *problem;
	char mode[12] = "";
	bool given;

	problem = read_rewrites(nf, params, next, &given);
	if (problem != NULL)
		return problem;
	if (json_member(params, "mode", &value)) {
		if (!json_to_string(value, mode, sizeof(mode)) || (strcmp(mode, "rewrite") != 0 && strcmp(mode, "macswap") != 0))
			return "mode is rewrite or macswap";
		if ((strcmp(mode, "rewrite") == 0) != given)
			return "addresses in rewrite go with mode rewrite, which needs them";
	}
	problem = drop_rules_read(&fwd.next_drop, params);
	if (problem == NULL)
		problem = work_prepare(&fwd.work, params);
	if (problem != NULL)
		return problem;
	memcpy(fwd.next, next, sizeof(next));
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
	fwd.drop = fwd.next_drop;
	work_begin(&fwd.work);
	counter_set(&fwd.forwarded, 0);
	counter_set(&fwd.dropped, 0);
}

static void
l2fwd_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	json_number(out, "forwarded", counter_get(&fwd.forwarded));
	json_number(out, "dropped", counter_get(&fwd.dropped));
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
