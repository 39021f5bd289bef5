/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LANES_H
#define NF_LANES_H

/*
 * The bursts of a generator whose port has several queues: each packet leaves by the queue of its flow, as a network card's would, so that a flow keeps its
 * order and whoever reads the queues on several CPUs has work for all of them.
 */
#include "nf.h"

/* What waits for one queue. */
struct lane {
	unsigned int first;
	unsigned int end;
	struct rte_mbuf *mbufs[NF_MAX_BURST];
	uint32_t bytes_before[NF_MAX_BURST + 1]; /* with the FCS */
};

struct lanes {
	struct lane lane[NF_MAX_QUEUES];
};

/*
 * Deals a burst out, when what was dealt before has left. The number of a packet's flow is in its stamp, `stamp` bytes from the beginning of the frame; 0: there
 * is none, and all take the first queue.
 */
void lanes_deal(struct lanes *lanes, unsigned int queues, struct rte_mbuf **mbufs, unsigned int count, unsigned int stamp);
/* Offers the queues what waits; returns how much they took, with its bytes. */
unsigned int lanes_send(struct lanes *lanes, const struct nf_port *port, uint64_t *bytes);
/* Gives back what waits. */
void lanes_drop(struct lanes *lanes, unsigned int queues);

#endif
