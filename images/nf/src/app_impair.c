/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bad line: forwards as l2fwd does, port 0 to 1 and back, 2 to 3 and so on, but loses, doubles, delays and reorders packets as `start` says (impair.h).
 *
 * Packets that wait are copied into a pool of their own, as large as the memory allows, so that a long line does not take the buffers of the port that they
 * came in by; what it has no room for is dropped and counted. A burst that the port does not take at once is held, and nothing is read meanwhile; what is
 * still held after HOLD_MS is dropped and counted, for then nobody is there to take it.
 */
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "addresses.h"
#include "delay_line.h"
#include "impair.h"
#include "nf.h"
#include "tsc.h"

#define HOLD_MS 10
/* Of packets that wait: as many as there is memory for, between these. */
#define MOST_WAITING 32768u
#define LEAST_WAITING 1024u
#define POOL_CACHE 64u
/* A received burst may double. */
#define OUT_SIZE (2 * NF_BURST)

/* What became of packets in a trial. */
struct figures {
	nf_counter forwarded;
	nf_counter lost;
	nf_counter duplicated;
	nf_counter reordered;
	nf_counter overflowed;
};

/* What leaves by one port. */
struct direction {
	struct addresses addresses;
	struct delay_line line;
	uint64_t held_since;
	unsigned int first;
	unsigned int pending;
	struct figures figures;
	struct rte_mbuf *mbufs[OUT_SIZE];
} NF_CACHE_ALIGNED;

static struct bad_line {
	struct direction directions[NF_MAX_PORTS];
	struct impair impair;
	struct rte_mempool *pool;
	uint64_t hold_ticks;
	nf_counter waiting;
	/* Written by main before `begin`. */
	struct addresses next[NF_MAX_PORTS];
	struct impair_spec next_spec;
} bad;

/* The port that frames from this one leave by. */
static unsigned int
partner(const struct nf *nf, unsigned int index)
{
	return (index ^ 1) < nf->port_count ? index ^ 1 : index;
}

/* Puts a copy of a packet aside until its time; false when there is no room. */
static bool
put_aside(struct direction *direction, const struct rte_mbuf *mbuf, uint64_t due)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(mbuf, bad.pool, 0, UINT32_MAX);

	if (copy == NULL || !delay_line_add(&direction->line, due, copy)) {
		rte_pktmbuf_free(copy);
		counter_add(&direction->figures.overflowed, 1);
		return false;
	}
	counter_add(&bad.waiting, 1);
	return true;
}

/* Sends a packet at once, or puts it aside. The packet is taken over. */
static void
pass(struct direction *direction, struct rte_mbuf *mbuf, uint64_t now, uint64_t ticks)
{
	if (ticks == 0) {
		direction->mbufs[direction->pending++] = mbuf;
		return;
	}
	put_aside(direction, mbuf, now + ticks);
	rte_pktmbuf_free(mbuf);
}

/* Lets one packet meet its fate. */
static void
meet_fate(struct direction *direction, struct rte_mbuf *mbuf, uint64_t now)
{
	const struct impair_fate fate = impair_next(&bad.impair);
	struct rte_mbuf *twin;

	if (fate.lost) {
		counter_add(&direction->figures.lost, 1);
		rte_pktmbuf_free(mbuf);
		return;
	}
	/* Only where something waits can be overtaken. */
	if (fate.overtakes && direction->line.count > 0)
		counter_add(&direction->figures.reordered, 1);
	twin = fate.twice ? rte_pktmbuf_copy(mbuf, bad.pool, 0, UINT32_MAX) : NULL;
	if (fate.twice && twin == NULL)
		counter_add(&direction->figures.overflowed, 1);
	if (fate.twice)
		counter_add(&direction->figures.duplicated, 1);
	pass(direction, mbuf, now, fate.ticks);
	if (twin != NULL)
		pass(direction, twin, now, fate.ticks);
}

/* Looks at the queues of a port in turn until one has something. */
static unsigned int
receive_burst(struct nf_port *in, struct rte_mbuf **mbufs)
{
	unsigned int count = 0;
	uint16_t looks;

	for (looks = 0; looks < in->queues && count == 0; looks++) {
		count = rte_eth_rx_burst(in->id, in->rx_turn, mbufs, NF_BURST);
		in->rx_turn = in->rx_turn + 1u == in->queues ? 0 : in->rx_turn + 1;
	}
	return count;
}

/* Receives a burst; returns how many. */
static unsigned int
receive(struct direction *direction, struct nf_port *in, const struct nf_port *out, uint64_t now)
{
	struct rte_mbuf *mbufs[NF_BURST];
	uint64_t bytes = 0;
	unsigned int count, i;

	count = receive_burst(in, mbufs);
	for (i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (i = 0; i < count; i++) {
		bytes += mbufs[i]->pkt_len + NF_FCS_BYTES;
		addresses_set(&direction->addresses, &out->mac, mbufs[i]);
		meet_fate(direction, mbufs[i], now);
	}
	counter_add(&in->counters.rx_packets, count);
	counter_add(&in->counters.rx_bytes, bytes);
	return count;
}

/* Fills the burst up with what has waited long enough. */
static void
take_due(struct direction *direction, uint64_t now)
{
	struct rte_mbuf *mbuf;

	while (direction->pending < OUT_SIZE && (mbuf = delay_line_take(&direction->line, now)) != NULL) {
		direction->mbufs[direction->pending++] = mbuf;
		counter_set(&bad.waiting, counter_get(&bad.waiting) - 1);
	}
}

/* The bytes of what is to be sent, with the FCS. */
static uint64_t
pending_bytes(const struct direction *direction)
{
	uint64_t bytes = (uint64_t)direction->pending * NF_FCS_BYTES;
	unsigned int i;

	for (i = 0; i < direction->pending; i++)
		bytes += direction->mbufs[direction->first + i]->pkt_len;
	return bytes;
}

/* Offers what is to be sent to the port; returns how many it took. */
static unsigned int
transmit(struct direction *direction, struct nf_port *out, uint64_t now)
{
	/* The port may free what it takes: it is counted before. One queue for all, so that nothing is reordered but what is meant to be. */
	const uint64_t bytes = pending_bytes(direction);
	const unsigned int sent = rte_eth_tx_burst(out->id, 0, &direction->mbufs[direction->first], (uint16_t)direction->pending);

	direction->first += sent;
	direction->pending -= sent;
	counter_add(&direction->figures.forwarded, sent);
	counter_add(&out->counters.tx_packets, sent);
	counter_add(&out->counters.tx_bytes, bytes - pending_bytes(direction));
	if (direction->pending > 0 && now - direction->held_since > bad.hold_ticks) {
		rte_pktmbuf_free_bulk(&direction->mbufs[direction->first], direction->pending);
		counter_add(&out->counters.tx_unsent, direction->pending);
		direction->pending = 0;
	}
	return sent;
}

static struct nf_turn
impair_turn(struct nf *nf, uint64_t now)
{
	struct nf_turn turn = {0};
	unsigned int i;

	for (i = 0; i < nf->port_count; i++) {
		const unsigned int to = partner(nf, i);
		struct direction *direction = &bad.directions[to];

		if (direction->pending == 0) {
			direction->first = 0;
			direction->held_since = now;
			turn.packets += receive(direction, &nf->ports[i], &nf->ports[to], now);
			take_due(direction, now);
		}
		if (direction->pending > 0)
			turn.packets += transmit(direction, &nf->ports[to], now);
		/* Who has something that waits must look again soon: no nap. */
		turn.stalled |= direction->pending > 0 || direction->line.count > 0;
	}
	return turn;
}

static int
impair_init(struct nf *nf)
{
	const bool jumbo = nf->ports[0].spec->mtu > RTE_ETHER_MTU;
	const uint16_t room = jumbo ? NF_JUMBO_BYTES + RTE_PKTMBUF_HEADROOM : RTE_MBUF_DEFAULT_BUF_SIZE;
	unsigned int waiting, i;

	bad.hold_ticks = tsc_hz() * HOLD_MS / 1000;
	for (waiting = MOST_WAITING; bad.pool == NULL && waiting >= LEAST_WAITING; waiting /= 2)
		bad.pool = rte_pktmbuf_pool_create("waiting", waiting - 1, POOL_CACHE, 0, room, SOCKET_ID_ANY);
	if (bad.pool == NULL) {
		fprintf(stderr, "corebed-nf: no memory for packets that wait: %s (more --memory-mib?)\n", rte_strerror(rte_errno));
		return -rte_errno;
	}
	for (i = 0; i < nf->port_count; i++)
		if (!delay_line_init(&bad.directions[i].line, 2 * waiting))
			return -ENOMEM;
	return 0;
}

static const char *
impair_prepare(struct nf *nf, struct json_value params)
{
	struct addresses next[NF_MAX_PORTS];
	struct impair_spec spec;
	const char *problem = addresses_read(next, nf->port_count, params);

	if (problem == NULL)
		problem = impair_read(&spec, params);
	if (problem != NULL)
		return problem;
	memcpy(bad.next, next, nf->port_count * sizeof(*next));
	bad.next_spec = spec;
	return NULL;
}

static void
figures_clear(struct figures *figures)
{
	counter_set(&figures->forwarded, 0);
	counter_set(&figures->lost, 0);
	counter_set(&figures->duplicated, 0);
	counter_set(&figures->reordered, 0);
	counter_set(&figures->overflowed, 0);
}

static void
impair_begin_trial(struct nf *nf, uint64_t now)
{
	unsigned int i;

	(void)now;
	for (i = 0; i < nf->port_count; i++) {
		bad.directions[i].addresses = bad.next[i];
		figures_clear(&bad.directions[i].figures);
	}
	impair_begin(&bad.impair, &bad.next_spec, tsc_hz());
}

/* Adds what a port has to the sum of several; the main lcore's own. */
static void
figures_add(struct figures *sum, const struct figures *figures)
{
	counter_add(&sum->forwarded, counter_get(&figures->forwarded));
	counter_add(&sum->lost, counter_get(&figures->lost));
	counter_add(&sum->duplicated, counter_get(&figures->duplicated));
	counter_add(&sum->reordered, counter_get(&figures->reordered));
	counter_add(&sum->overflowed, counter_get(&figures->overflowed));
}

static void
figures_put(const struct figures *figures, struct text *out)
{
	json_number(out, "forwarded", counter_get(&figures->forwarded));
	json_number(out, "lost", counter_get(&figures->lost));
	json_number(out, "duplicated", counter_get(&figures->duplicated));
	json_number(out, "reordered", counter_get(&figures->reordered));
	json_number(out, "overflowed", counter_get(&figures->overflowed));
}

static void
impair_stats(struct nf *nf, struct text *out)
{
	struct figures sum = {0};
	unsigned int i;

	for (i = 0; i < nf->port_count; i++)
		figures_add(&sum, &bad.directions[i].figures);
	figures_put(&sum, out);
	json_number(out, "waiting", counter_get(&bad.waiting));
}

static void
impair_port_stats(struct nf *nf, unsigned int index, struct text *out)
{
	(void)nf;
	figures_put(&bad.directions[index].figures, out);
}

const struct nf_app app_impair = {
	.name = "impair",
	.receives = true,
	.init = impair_init,
	.prepare = impair_prepare,
	.begin = impair_begin_trial,
	.turn = impair_turn,
	.stats = impair_stats,
	.port_stats = impair_port_stats,
};
