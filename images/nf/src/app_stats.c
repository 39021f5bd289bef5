/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver: takes what comes on every port, follows the sequence numbers of the current trial, and how long each packet was under way. */
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "histogram.h"
#include "nf.h"
#include "sequence.h"
#include "stamp.h"
#include "tsc.h"

static struct stats {
	uint16_t trial;
	nf_counter received;
	nf_counter received_bytes;
	nf_counter foreign;
	nf_counter stale;
	nf_counter next; /* these three mirror `sequence`, for the reader */
	nf_counter reordered;
	nf_counter duplicates;
	nf_counter first_tsc;
	nf_counter last_tsc;
	struct sequence sequence;
	struct histogram latency NF_CACHE_ALIGNED;
} sink NF_CACHE_ALIGNED;

/* What one burst adds up to, kept in registers until it is counted: a counter in memory that every packet adds to would make each wait for the last. */
struct sums {
	uint64_t packets;
	uint64_t bytes;
	uint64_t foreign;
	uint64_t stale;
	uint64_t next;
	uint64_t latency;
	uint64_t latency_min;
	uint64_t latency_max;
	/* Packets in a row that were stamped together, and so are equally late. */
	uint64_t run_tsc;
	uint64_t run;
};

/* Counts the packets of a run. */
static inline void
end_run(struct sums *sums, uint64_t now)
{
	uint64_t latency = now > sums->run_tsc ? now - sums->run_tsc : 0;

	if (sums->run == 0)
		return;
	counter_add(&sink.latency.buckets[histogram_index(latency)], sums->run);
	sums->latency += latency * sums->run;
	sums->latency_min = RTE_MIN(sums->latency_min, latency);
	sums->latency_max = RTE_MAX(sums->latency_max, latency);
	sums->packets += sums->run;
	sums->run = 0;
}

/* Follows the sequence; the expected number lives in the sums meanwhile. */
static inline void
take_sequence(struct sums *sums, uint64_t number)
{
	if (likely(number == sums->next)) {
		sums->next++;
		return;
	}
	sink.sequence.next = sums->next;
	sequence_surprise(&sink.sequence, number);
	sums->next = sink.sequence.next;
}

/* Takes in one packet. */
static inline void
take_packet(struct sums *sums, const struct rte_mbuf *mbuf, uint64_t now)
{
	const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	uint64_t word, sent;

	if (unlikely(mbuf->data_len < STAMP_END || !stamp_present(frame))) {
		sums->foreign++;
		return;
	}
	word = stamp_load(frame + STAMP_WORD_OFFSET);
	if (unlikely((uint16_t)word != sink.trial)) {
		sums->stale++;
		return;
	}
	take_sequence(sums, word >> 16);
	sent = stamp_load(frame + STAMP_TSC_OFFSET);
	if (sent != sums->run_tsc) {
		end_run(sums, now);
		sums->run_tsc = sent;
	}
	sums->run++;
	sums->bytes += mbuf->pkt_len + NF_FCS_BYTES;
}

/* Counts a burst's sums. */
static void
count_sums(const struct sums *sums, uint64_t now)
{
	struct histogram *latency = &sink.latency;

	if (unlikely(sums->foreign != 0))
		counter_add(&sink.foreign, sums->foreign);
	if (unlikely(sums->stale != 0))
		counter_add(&sink.stale, sums->stale);
	if (sums->packets == 0)
		return;
	if (counter_get(&sink.first_tsc) == 0)
		counter_set(&sink.first_tsc, now);
	counter_set(&sink.last_tsc, now);
	counter_add(&sink.received, sums->packets);
	counter_add(&sink.received_bytes, sums->bytes);
	sink.sequence.next = sums->next;
	counter_set(&sink.next, sums->next);
	counter_set(&sink.reordered, sink.sequence.reordered);
	counter_set(&sink.duplicates, sink.sequence.duplicates);
	counter_add(&latency->count, sums->packets);
	counter_add(&latency->sum, sums->latency);
	if (sums->latency_min < counter_get(&latency->min))
		counter_set(&latency->min, sums->latency_min);
	if (sums->latency_max > counter_get(&latency->max))
		counter_set(&latency->max, sums->latency_max);
}

/* Receives one burst from a port. One reading of the clock serves the whole of it. */
static unsigned int
take_burst(struct nf_port *port)
{
	struct rte_mbuf *mbufs[NF_BURST];
	struct sums sums = {.next = sink.sequence.next, .latency_min = UINT64_MAX};
	uint64_t bytes = 0;
	uint64_t now;
	unsigned int count, i;

	count = rte_eth_rx_burst(port->id, 0, mbufs, NF_BURST);
	if (count == 0)
		return 0;
	now = rte_rdtsc();
	/* The frames were last written by another CPU: ask for all of them at once, rather than wait for each. */
	for (i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (i = 0; i < count; i++) {
		take_packet(&sums, mbufs[i], now);
		bytes += mbufs[i]->pkt_len + NF_FCS_BYTES;
	}
	end_run(&sums, now);
	rte_pktmbuf_free_bulk(mbufs, count);
	count_sums(&sums, now);
	counter_add(&port->counters.rx_packets, count);
	counter_add(&port->counters.rx_bytes, bytes);
	return count;
}

static struct nf_turn
stats_turn(struct nf *nf, uint64_t now)
{
	struct nf_turn turn = {0};
	unsigned int i;

	(void)now;
	for (i = 0; i < nf->port_count; i++)
		turn.packets += take_burst(&nf->ports[i]);
	return turn;
}

/* Forgets the last trial. */
static void
clear(uint16_t trial)
{
	sink.trial = trial;
	counter_set(&sink.received, 0);
	counter_set(&sink.received_bytes, 0);
	counter_set(&sink.foreign, 0);
	counter_set(&sink.stale, 0);
	counter_set(&sink.next, 0);
	counter_set(&sink.reordered, 0);
	counter_set(&sink.duplicates, 0);
	counter_set(&sink.first_tsc, 0);
	counter_set(&sink.last_tsc, 0);
	sequence_clear(&sink.sequence);
	histogram_clear(&sink.latency);
}

static int
stats_init(struct nf *nf)
{
	(void)nf;
	clear(0);
	return 0;
}

static const char *
stats_prepare(struct nf *nf, struct json_value params)
{
	(void)nf;
	(void)params;
	return NULL;
}

static void
stats_begin(struct nf *nf, uint64_t now)
{
	(void)now;
	clear(nf->trial);
}

/* Writes the buckets that are not empty. Near zero several buckets of ticks make one of nanoseconds. */
static void
put_buckets(struct text *out)
{
	unsigned int i = 0;

	json_open(out, "buckets", '[');
	while (i < HISTOGRAM_BUCKETS) {
		uint64_t low = tsc_to_ns(histogram_low(i));
		uint64_t count = 0;

		do {
			count += counter_get(&sink.latency.buckets[i++]);
		} while (i < HISTOGRAM_BUCKETS && tsc_to_ns(histogram_low(i)) == low);
		if (count == 0)
			continue;
		json_open(out, NULL, '[');
		json_number(out, NULL, low);
		json_number(out, NULL, count);
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void
stats_stats(struct nf *nf, struct text *out)
{
	uint64_t next = counter_get(&sink.next);
	uint64_t duplicates = counter_get(&sink.duplicates);
	uint64_t received = counter_get(&sink.received);
	uint64_t distinct = received - duplicates;
	uint64_t count = counter_get(&sink.latency.count);

	(void)nf;
	json_number(out, "received", received);
	json_number(out, "receivedBytes", counter_get(&sink.received_bytes));
	json_number(out, "foreign", counter_get(&sink.foreign));
	json_number(out, "stale", counter_get(&sink.stale));
	/* Read while the worker counts, the two may be a burst apart. */
	json_number(out, "lost", next > distinct ? next - distinct : 0);
	json_number(out, "reordered", counter_get(&sink.reordered));
	json_number(out, "duplicates", duplicates);
	json_number(out, "firstTsc", counter_get(&sink.first_tsc));
	json_number(out, "lastTsc", counter_get(&sink.last_tsc));
	json_open(out, "latencyNs", '{');
	json_number(out, "count", count);
	json_number(out, "min", count == 0 ? 0 : tsc_to_ns(counter_get(&sink.latency.min)));
	json_number(out, "max", tsc_to_ns(counter_get(&sink.latency.max)));
	json_number(out, "sum", tsc_to_ns(counter_get(&sink.latency.sum)));
	put_buckets(out);
	json_close(out, '}');
}

const struct nf_app app_stats = {
	.name = "stats",
	.receives = true,
	.init = stats_init,
	.prepare = stats_prepare,
	.begin = stats_begin,
	.turn = stats_turn,
	.stats = stats_stats,
};
