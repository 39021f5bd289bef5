/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_GENOME_H
#define NF_GENOME_H

/*
 * Frame sizes and how often each comes: "IMIX genome" in the words of RFC 6985. The frames of one cycle are interleaved so that every stretch of it has
 * nearly the proportions of the whole, in the same order in every cycle, so any whole number of cycles has them exactly.
 */
#include <stdint.h>

#include "json.h"

#define GENOME_MAX_SIZES 256u
#define GENOME_MAX_CYCLE 1024u

struct genome {
	unsigned int count;                  /* different sizes */
	uint16_t bytes[GENOME_MAX_SIZES];    /* of each, with the FCS; in rising order */
	uint16_t weights[GENOME_MAX_SIZES];  /* frames of each in a cycle */
	unsigned int cycle;                  /* frames in a cycle */
	uint8_t order[GENOME_MAX_CYCLE];     /* the size of each frame of a cycle, by its index */
};

/*
 * Reads the member `frames` of `start`, [{bytes, weight}, ...] with the FCS; one size of 64 bytes without it. Sizes named twice are put together, and a
 * cycle has no common factor. Returns NULL, or what is wrong.
 */
const char *genome_read(struct json_value params, struct genome *genome);

#endif
