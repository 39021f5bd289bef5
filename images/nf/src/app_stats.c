/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver: takes what comes on every port, follows the sequence numbers of the current trial, and how long each packet was under way. Ports are the ends
 * of different chains: each has figures of its own, for their generators count from 0 alike.
 */
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "receiver.h"
#include "stamp.h"

static struct receiver sinks[NF_MAX_PORTS] NF_CACHE_ALIGNED;

/* Counts the tags that a kernel interface has handed over beside the frames. */
static void
count_stripped_tags(struct receiver *sink, struct rte_mbuf **mbufs, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if ((mbufs[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
			counter_add(&sink->kinds[HEADERS_VLAN_INDEX], 1);
}

/* Receives one burst from a queue of a port. */
static unsigned int
take_burst(struct receiver *sink, struct nf_port *port, uint16_t queue)
{
	struct rte_mbuf *mbufs[NF_BURST];
	uint64_t now;
	unsigned int count, i;

	count = rte_eth_rx_burst(port->id, queue, mbufs, NF_BURST);
	if (count == 0)
		return 0;
	now = rte_rdtsc();
	/* Frames that another CPU wrote last: asked for all at once, they are not waited for one by one. memif's were copied on this one. */
	if (port->spec->driver != NF_MEMIF)
		for (i = 0; i < count; i++)
			rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	if (unlikely(port->kernel != NULL))
		count_stripped_tags(sink, mbufs, count);
	counter_add(&port->counters.rx_bytes, receiver_take(sink, mbufs, count, now));
	counter_add(&port->counters.rx_packets, count);
	rte_pktmbuf_free_bulk(mbufs, count);
	return count;
}

static struct nf_turn
stats_turn(struct nf *nf, uint64_t now)
{
	struct nf_turn turn = {0};
	unsigned int i;
	uint16_t queue;

	(void)now;
	for (i = 0; i < nf->port_count; i++)
		for (queue = 0; queue < nf->ports[i].queues; queue++)
			turn.packets += take_burst(&sinks[i], &nf->ports[i], queue);
	return turn;
}

static int
stats_init(struct nf *nf)
{
	unsigned int i;

	for (i = 0; i < nf->port_count; i++)
		receiver_clear(&sinks[i], 0);
	return 0;
}

/* Reads by how much the TSC of each port's generator is ahead; returns NULL, or what is wrong. */
static const char *
read_tsc_ahead(struct nf *nf, struct json_value params)
{
	struct json_value list, value;
	bool given = json_member(params, "tscAhead", &list);
	unsigned int i;

	if (given && !json_is(list, '['))
		return "tscAhead is an array of numbers, one for each port";
	if (given && json_element(list, nf->port_count, &value))
		return "tscAhead has more numbers than there are ports";
	for (i = 0; i < nf->port_count; i++) {
		sinks[i].next_tsc_ahead = 0;
		if (given && json_element(list, i, &value) && !json_to_number(value, STAMP_TSC_MASK, &sinks[i].next_tsc_ahead))
			return "tscAhead has ticks modulo 2^40";
	}
	return NULL;
}

static const char *
stats_prepare(struct nf *nf, struct json_value params)
{
	const char *problem = read_tsc_ahead(nf, params);
	unsigned int i;

	for (i = 0; i < nf->port_count && problem == NULL; i++)
		problem = flow_table_prepare(&sinks[i].flows, params);
	return problem;
}

static void
stats_begin(struct nf *nf, uint64_t now)
{
	unsigned int i;

	(void)now;
	for (i = 0; i < nf->port_count; i++) {
		receiver_clear(&sinks[i], nf->trial);
		sinks[i].tsc_ahead = sinks[i].next_tsc_ahead;
		flow_table_begin(&sinks[i].flows);
	}
}

static void
stats_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	receiver_put(&sinks[0], out);
}

static void
stats_port_stats(struct nf *nf, unsigned int index, struct text *out)
{
	(void)nf;
	receiver_put(&sinks[index], out);
}

const struct nf_app app_stats = {
	.name = "stats",
	.receives = true,
	.init = stats_init,
	.prepare = stats_prepare,
	.begin = stats_begin,
	.turn = stats_turn,
	.stats = stats_stats,
	.port_stats = stats_port_stats,
	/* The first port's are the `app` of the whole: most have one port, and the answer is long. */
	.port_stats_from = 1,
};
