/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_SEQUENCE_H
#define NF_SEQUENCE_H

/*
 * Follows the sequence numbers of one trial. The usual packet carries the expected number and costs one comparison. A number from the future leaves a
 * gap, which is remembered; a number from the past either closes (part of) a remembered gap, and was reordered, or was seen before, and is a duplicate.
 * Only the last SEQUENCE_GAPS gaps are remembered: a packet older than all of them counts as reordered.
 */
#include <stdint.h>

#define SEQUENCE_GAPS 1024u

struct sequence_gap {
	uint64_t first;
	uint64_t end; /* one past the last */
};

struct sequence {
	uint64_t next; /* the expected number: the highest seen, plus one */
	uint64_t reordered;
	uint64_t duplicates;
	uint64_t gap_count; /* gaps ever opened; the newest is at (gap_count - 1) % SEQUENCE_GAPS */
	struct sequence_gap gaps[SEQUENCE_GAPS];
};

/* Starts afresh. */
void sequence_clear(struct sequence *sequence);

/* Takes in a number that is not the expected one (the expected one only moves `next` on). */
void sequence_surprise(struct sequence *sequence, uint64_t number);

#endif
