/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FLOW_TABLE_H
#define NF_FLOW_TABLE_H

/*
 * Figures of each flow of a trial. A stamp carries the number of its flow, so a table in the order of the numbers needs no hashing: 32 bytes a flow, two of
 * them in a cache line, none across two. The worker counts; what was lost is worked out when somebody asks, from how many packets of each flow are
 * among the first N of the trial (flows.h).
 *
 * With a single flow there is no table: its figures are those of the trial.
 */
#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "counters.h"
#include "flows.h"
#include "json.h"
#include "pages.h"
#include "sequence.h"
#include "text.h"

/* What the worker counts of one flow. */
struct flow {
	nf_counter packets;
	nf_counter bytes;
	nf_counter next; /* the highest sequence number of the trial that a packet of this flow had, plus one */
	_Atomic uint32_t reordered;
	_Atomic uint32_t duplicates;
};

/* The same, as read. */
struct flow_figures {
	uint64_t packets;
	uint64_t bytes;
	uint64_t reordered;
	uint64_t duplicates;
};

struct flow_table {
	struct flow *list; /* NULL without per-flow figures, and with one flow */
	uint32_t count;
	/* For the main lcore: what `start` said, by the turns of the pages. */
	bool wanted[2];
	struct flows flows[2];
	struct pages_turns pages;
	struct pages sent; /* packets that were sent of each flow */
};

/* Whether packets are counted by flow. */
static inline bool
flow_table_many(const struct flow_table *table)
{
	return table->list != NULL;
}

/* Asks for the figures of a flow. */
static inline void
flow_table_prefetch(const struct flow_table *table, uint32_t flow)
{
	if (likely(flow < table->count))
		rte_prefetch0(&table->list[flow]);
}

/* Adds to one of the narrow counters; the worker is their only writer. */
static inline void
flow_bump(_Atomic uint32_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/*
 * Counts a packet of a flow. One that is ahead of its trial is ahead of its flow; one that is late in its trial may yet be in the order of its flow, and
 * then is not reordered there.
 */
static inline void
flow_table_count(struct flow_table *table, uint32_t number, uint64_t sequence, uint32_t bytes, enum sequence_kind kind)
{
	struct flow *flow = &table->list[number];

	if (unlikely(number >= table->count))
		return;
	counter_add(&flow->packets, 1);
	counter_add(&flow->bytes, bytes);
	if (unlikely(kind == SEQUENCE_DUPLICATE))
		flow_bump(&flow->duplicates);
	else if (likely(kind == SEQUENCE_AHEAD) || sequence >= counter_get(&flow->next))
		counter_set(&flow->next, sequence + 1);
	else
		flow_bump(&flow->reordered);
}

/* Reads `flows` of `start` and gets memory; returns NULL, or what is wrong. For the main lcore. */
const char *flow_table_prepare(struct flow_table *table, struct json_value params);
/* Makes what was prepared the table. For the worker. */
void flow_table_begin(struct flow_table *table);
/* Writes `flows`, if they were named: over the first `next` packets of the trial, of which `all` came. For the main lcore. */
void flow_table_put(const struct flow_table *table, uint64_t next, const struct flow_figures *all, struct text *out);

#endif
