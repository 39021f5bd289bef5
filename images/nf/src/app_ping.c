/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe that latencies are checked against: sends one frame out of port 0, waits until it is back, and takes the time; then the next. Whoever is at the other
 * end sends it back (an l2fwd with one port does). Both times are read on this CPU, so half of the round trip is what one way costs without any help of
 * stamps or of a second clock.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "histogram.h"
#include "nf.h"
#include "tsc.h"

#define FRAME_BYTES 60
/* A frame that is not back by then is given up. */
#define WAIT_MS 10
/* For local experiments, as RFC 5342 calls it. */
#define ETHER_TYPE_EXPERIMENT 0x88b5

static struct ping {
	bool running;
	bool waiting;
	uint64_t sent_tsc;
	uint64_t wait_ticks;
	struct rte_mempool *pool;
	nf_counter sent;
	nf_counter lost;
	struct histogram round_trip;
} ping NF_CACHE_ALIGNED;

/* Sends one frame. */
static void
send_one(struct nf_port *port)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(ping.pool);
	struct rte_ether_hdr *ether;

	if (mbuf == NULL)
		return;
	ether = (struct rte_ether_hdr *)rte_pktmbuf_append(mbuf, FRAME_BYTES);
	memset(ether, 0, FRAME_BYTES);
	ether->src_addr = port->mac;
	ether->dst_addr = port->mac;
	ether->ether_type = RTE_BE16(ETHER_TYPE_EXPERIMENT);
	ping.sent_tsc = rte_rdtsc();
	if (rte_eth_tx_burst(port->id, 0, &mbuf, 1) == 0) {
		rte_pktmbuf_free(mbuf);
		return;
	}
	ping.waiting = true;
	counter_add(&ping.sent, 1);
	counter_add(&port->counters.tx_packets, 1);
	counter_add(&port->counters.tx_bytes, FRAME_BYTES + NF_FCS_BYTES);
}

static struct nf_turn
ping_turn(struct nf *nf, uint64_t now)
{
	struct nf_port *port = &nf->ports[0];
	struct nf_turn turn = {0};
	struct rte_mbuf *mbufs[NF_BURST];
	unsigned int i;

	turn.packets = rte_eth_rx_burst(port->id, 0, mbufs, NF_BURST);
	if (turn.packets > 0) {
		if (ping.waiting)
			histogram_add(&ping.round_trip, rte_rdtsc() - ping.sent_tsc, 1);
		ping.waiting = false;
		for (i = 0; i < turn.packets; i++)
			counter_add(&port->counters.rx_bytes, mbufs[i]->pkt_len + NF_FCS_BYTES);
		counter_add(&port->counters.rx_packets, turn.packets);
		rte_pktmbuf_free_bulk(mbufs, turn.packets);
	} else if (ping.waiting && now - ping.sent_tsc > ping.wait_ticks && now > ping.sent_tsc) {
		ping.waiting = false;
		counter_add(&ping.lost, 1);
	}
	if (ping.running && !ping.waiting)
		send_one(port);
	return turn;
}

static int
ping_init(struct nf *nf)
{
	unsigned int count = 2 * nf->ports[0].queue_size + 2 * NF_MBUF_CACHE - 1;

	histogram_clear(&ping.round_trip);
	ping.wait_ticks = tsc_hz() * WAIT_MS / 1000;
	ping.pool = rte_pktmbuf_pool_create("ping", count, NF_MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (ping.pool != NULL)
		return 0;
	fprintf(stderr, "corebed-nf: no memory for %u packets: %s (more --memory-mib?)\n", count, rte_strerror(rte_errno));
	return -1;
}

static const char *
ping_prepare(struct nf *nf, struct json_value params)
{
	(void)nf;
	(void)params;
	return NULL;
}

static void
ping_begin(struct nf *nf, uint64_t now)
{
	(void)nf;
	(void)now;
	counter_set(&ping.sent, 0);
	counter_set(&ping.lost, 0);
	histogram_clear(&ping.round_trip);
	ping.waiting = false;
	ping.running = true;
}

static void
ping_end(struct nf *nf, uint64_t now)
{
	(void)nf;
	(void)now;
	ping.running = false;
}

static void
ping_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	json_number(out, "sent", counter_get(&ping.sent));
	json_number(out, "lost", counter_get(&ping.lost));
	histogram_put(&ping.round_trip, "roundTripNs", out);
}

const struct nf_app app_ping = {
	.name = "ping",
	.init = ping_init,
	.prepare = ping_prepare,
	.begin = ping_begin,
	.turn = ping_turn,
	.end = ping_end,
	.stats = ping_stats,
};
