/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder: what comes in at port 0 goes out of port 1 and the other way round; 2 and 3 likewise, which are another chain's, and so on (a port without a
 * partner is its own). Addresses
 * are swapped, or set to those that `start` gives for the port that a frame leaves by. It may give IPv4 addresses too, for a network that passes only its
 * own; they are set in UDP without a checksum, such as the generator sends, so that no checksum over the payload has to follow. On the way it may drop
 * frames by rules (drop_rules.h) and do work that stands for that of a real function (work.h).
 *
 * A burst that the port does not take at once is held, and its direction not read meanwhile, so that the pressure goes back to where frames come from;
 * what is still held after HOLD_MS is dropped and counted, for then nobody is there to take it.
 */
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "addresses.h"
#include "drop_rules.h"
#include "nf.h"
#include "tsc.h"
#include "work.h"

#define HOLD_MS 10

/* What leaves by one port. */
struct direction {
	struct addresses addresses;
	uint64_t held_since;
	uint16_t queue; /* by which it leaves */
	unsigned int first;
	unsigned int pending;
	uint64_t pending_bytes; /* with the FCS */
	nf_counter forwarded;
	nf_counter dropped; /* by the rules, of what was to leave here */
	struct rte_mbuf *mbufs[NF_BURST];
} NF_CACHE_ALIGNED;

static struct l2fwd {
	struct direction directions[NF_MAX_PORTS];
	struct drop_rules drop;
	struct work work;
	uint64_t hold_ticks;
	/* Written by main before `begin`. */
	struct addresses next[NF_MAX_PORTS];
	struct drop_rules next_drop;
} fwd;

/* The port that frames from this one leave by. */
static unsigned int
partner(const struct nf *nf, unsigned int index)
{
	return (index ^ 1) < nf->port_count ? index ^ 1 : index;
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
		addresses_set(&direction->addresses, &out->mac, mbuf);
	}
	return bytes;
}

/* Drops what the rules say. */
static void __attribute__((noinline))
drop(struct direction *direction)
{
	unsigned int left = drop_rules_apply(&fwd.drop, direction->mbufs, direction->pending);

	counter_add(&direction->dropped, direction->pending - left);
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
	counter_add(&direction->forwarded, sent);
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

static const char *
l2fwd_prepare(struct nf *nf, struct json_value params)
{
	struct addresses next[NF_MAX_PORTS];
	const char *problem = addresses_read(next, nf->port_count, params);

	if (problem != NULL)
		return problem;
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
		fwd.directions[i].addresses = fwd.next[i];
		counter_set(&fwd.directions[i].forwarded, 0);
		counter_set(&fwd.directions[i].dropped, 0);
	}
	fwd.drop = fwd.next_drop;
	work_begin(&fwd.work);
}

static void
l2fwd_stats(struct nf *nf, struct text *out)
{
	uint64_t forwarded = 0, dropped = 0;
	unsigned int i;

	for (i = 0; i < nf->port_count; i++) {
		forwarded += counter_get(&fwd.directions[i].forwarded);
		dropped += counter_get(&fwd.directions[i].dropped);
	}
	json_number(out, "forwarded", forwarded);
	json_number(out, "dropped", dropped);
}

static void
l2fwd_port_stats(struct nf *nf, unsigned int index, struct text *out)
{
	(void)nf;
	json_number(out, "dropped", counter_get(&fwd.directions[index].dropped));
}

const struct nf_app app_l2fwd = {
	.name = "l2fwd",
	.receives = true,
	.init = l2fwd_init,
	.prepare = l2fwd_prepare,
	.begin = l2fwd_begin,
	.turn = l2fwd_turn,
	.stats = l2fwd_stats,
	.port_stats = l2fwd_port_stats,
};
