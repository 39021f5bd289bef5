/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_IMPAIR_H
#define NF_IMPAIR_H

/*
 * What becomes of each packet on a bad line: lost, sent twice, late, or ahead of its turn. Drawn by lot from a seed, so that the same packets of a trial
 * meet the same fate in the next. No packet is touched here.
 */
#include <stdbool.h>
#include <stdint.h>

#include "json.h"

#define IMPAIR_PPB 1000000000u
#define IMPAIR_MAX_DELAY_NS 1000000000u

/* Shares are in parts per billion. */
struct impair_spec {
	uint64_t delay_ns;
	uint64_t jitter_ns; /* at most the delay */
	uint64_t loss;
	uint64_t duplicate;
	uint64_t reorder; /* of the packets, these do not wait */
	uint64_t seed;
};

struct impair {
	struct impair_spec spec;
	uint64_t least_ticks;
	uint64_t jitter_span; /* ticks from the least to the most, and one */
	uint64_t random;
};

struct impair_fate {
	bool lost;
	bool twice;
	bool overtakes;
	uint64_t ticks; /* how long it waits */
};

/* Reads `impair` of `start`; returns NULL, or what is wrong. Without one nothing happens to packets. */
const char *impair_read(struct impair_spec *spec, struct json_value params);
/* Begins anew, on a clock of so many ticks a second. */
void impair_begin(struct impair *impair, const struct impair_spec *spec, uint64_t hz);
/* Draws the lot of the next packet. */
struct impair_fate impair_next(struct impair *impair);

#endif
