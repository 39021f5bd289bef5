/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_RECEIVER_H
#define NF_RECEIVER_H

/*
 * What the receiver keeps of a trial: take_burst.c counts it on the worker, stats_answer.c tells it on the main lcore.
 */
#include "counters.h"
#include "flow_table.h"
#include "headers.h"
#include "histogram.h"
#include "nf.h"
#include "sequence.h"

/* Sizes of frames are counted one by one; what is this long or longer (with the FCS) shares the last counter. */
#define RECEIVER_MAX_SIZE 16383u

struct receiver {
	uint16_t trial;
	/* Ticks by which the generator's TSC is ahead of this one, modulo the stamp's width: not 0 where the two are on different machines. */
	uint64_t tsc_ahead;
	uint64_t next_tsc_ahead;
	/* Stamped frames of this trial, and those that are not. */
	nf_counter received NF_CACHE_ALIGNED;
	nf_counter received_bytes;
	nf_counter foreign;
	nf_counter foreign_bytes;
	nf_counter stale;
	nf_counter next; /* mirrors the sequence's, for the reader */
	nf_counter first_tsc;
	nf_counter last_tsc;
	/* Every frame that came, whatever it carries. */
	nf_counter plain;                /* UDP over IPv4 with a stamp */
	nf_counter kinds[HEADERS_KINDS]; /* all others, by the bits of struct headers */
	nf_counter sizes[RECEIVER_MAX_SIZE + 1];

	struct flow_table flows;
	struct sequence sequence NF_CACHE_ALIGNED;
	struct histogram latency NF_CACHE_ALIGNED;
	struct histogram inter_arrival NF_CACHE_ALIGNED;
};

/* take_burst.c: counts a burst that was received at this time; returns its bytes, with the FCS. */
uint64_t receiver_take(struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count, uint64_t now);
/* take_burst.c: forgets the last trial, for one with this number. */
void receiver_clear(struct receiver *receiver, uint16_t trial);
/* stats_answer.c: writes the members of the `app` object. */
void receiver_put(const struct receiver *receiver, struct text *out);

#endif
