/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_DROP_RULES_H
#define NF_DROP_RULES_H

/*
 * What a forwarder drops on purpose: a list of rules, of which the first that fits a frame decides. A rule names header fields and fits the frames that have all of
 * them; with `every` only each so many-th of those is dropped, and the others go on to the rules after it.
 */
#include <stdint.h>

#include <rte_mbuf.h>

#include "json.h"

#define DROP_RULES_MAX 16u

struct drop_rule {
	unsigned int fields; /* which of these count: bits of drop_rules.c */
	uint32_t flow_below;
	uint32_t src_port;
	uint32_t dst_port;
	uint8_t protocol;
	uint64_t every;
	uint64_t seen; /* frames that fitted since the last one that was dropped */
};

struct drop_rules {
	unsigned int count;
	struct drop_rule list[DROP_RULES_MAX];
};

/* Reads the array `drop` of `start`; returns NULL, or what is wrong. */
const char *drop_rules_read(struct drop_rules *rules, struct json_value params);

/* Frees the frames of a burst that a rule drops and moves the others together; returns how many are left. */
unsigned int drop_rules_apply(struct drop_rules *rules, struct rte_mbuf **mbufs, unsigned int count);

#endif
