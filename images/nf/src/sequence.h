/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_SEQUENCE_H
#define NF_SEQUENCE_H

/*
 * Follows the sequence numbers of one trial. The usual packet carries the expected number and costs one comparison. A number from the future leaves a
 * gap, which is remembered; a number from the past either closes (part of) a remembered gap, and was reordered, or was seen before, and is a duplicate.
 * Only the last SEQUENCE_GAPS gaps are remembered: a packet older than all of them counts as reordered, without an extent.
 *
 * The figures are those of RFC 4737 (packet reordering metrics): a packet is reordered when one with a higher number came before it (section 3.3); its
 * extent is how many packets ago the first of those came (4.2); it is n-reordered when the n packets right before it all had higher numbers (5.4).
 * Duplicates are left out of the arrivals, as the RFC asks.
 */
#include "counters.h"

#define SEQUENCE_GAPS 1024u
/* Extents are counted by powers of two: 1, 2 to 3, 4 to 7, ... */
#define SEQUENCE_EXTENTS 48u
/* n-reordering is followed up to this n. TCP takes three late packets for a loss. */
#define SEQUENCE_DEGREES 16u

struct sequence_gap {
	uint64_t first;
	uint64_t end;     /* one past the last */
	uint64_t arrival; /* of the packet that left the gap, counted from 0 */
};

/* Packets in a row that came with consecutive numbers. */
struct sequence_run {
	uint64_t first;
	uint64_t length;
};

/* What became of a number. */
enum sequence_kind { SEQUENCE_AHEAD, SEQUENCE_LATE, SEQUENCE_DUPLICATE };

struct sequence {
	uint64_t next;      /* the expected number: the highest seen, plus one */
	uint64_t missing;   /* numbers below `next` that have not come */
	uint64_t gap_count; /* gaps ever opened; the newest is at (gap_count - 1) % SEQUENCE_GAPS. They are in the order of their numbers. */
	uint64_t run_count; /* the same for runs */
	uint64_t recorded;  /* arrivals that the runs hold */
	nf_counter reordered;
	nf_counter duplicates;
	nf_counter max_extent;
	nf_counter beyond; /* reordered, but the gap was forgotten */
	nf_counter extents[SEQUENCE_EXTENTS];
	nf_counter degrees[SEQUENCE_DEGREES]; /* [n - 1]: packets that were n-reordered */
	struct sequence_run runs[SEQUENCE_DEGREES];
	struct sequence_gap gaps[SEQUENCE_GAPS];
};

/* Starts afresh. */
void sequence_clear(struct sequence *sequence);

/* Takes in a number that is not the expected one (the expected one only moves `next` on), and says what it was. */
enum sequence_kind sequence_surprise(struct sequence *sequence, uint64_t number);

#endif
