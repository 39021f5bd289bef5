/* SPDX-License-Identifier: Apache-2.0 */
#include "sequence.h"

/* Remembers a gap, forgetting the oldest one when there are too many. */
static void
gap_open(struct sequence *sequence, uint64_t first, uint64_t end)
{
	struct sequence_gap *gap = &sequence->gaps[sequence->gap_count % SEQUENCE_GAPS];

	gap->first = first;
	gap->end = end;
	sequence->gap_count++;
}

/* Takes a number out of a gap that holds it: from an edge, or by splitting the gap. */
static void
gap_close(struct sequence *sequence, struct sequence_gap *gap, uint64_t number)
{
	uint64_t end = gap->end;

	if (number == gap->first) {
		gap->first++;
	} else if (number + 1 == end) {
		gap->end--;
	} else {
		gap->end = number;
		gap_open(sequence, number + 1, end);
	}
}

/* A number from the past: was it missing? Newest gaps first, for reordering is mostly short. */
static void
take_late(struct sequence *sequence, uint64_t number)
{
	uint64_t known = sequence->gap_count < SEQUENCE_GAPS ? sequence->gap_count : SEQUENCE_GAPS;
	uint64_t oldest = UINT64_MAX;
	uint64_t i;

	for (i = 1; i <= known; i++) {
		struct sequence_gap *gap = &sequence->gaps[(sequence->gap_count - i) % SEQUENCE_GAPS];

		if (number >= gap->first && number < gap->end) {
			gap_close(sequence, gap, number);
			sequence->reordered++;
			return;
		}
		if (gap->first < oldest)
			oldest = gap->first;
	}
	if (sequence->gap_count > SEQUENCE_GAPS && number < oldest)
		sequence->reordered++;
	else
		sequence->duplicates++;
}

void
sequence_clear(struct sequence *sequence)
{
	sequence->next = 0;
	sequence->reordered = 0;
	sequence->duplicates = 0;
	sequence->gap_count = 0;
}

void
sequence_surprise(struct sequence *sequence, uint64_t number)
{
	if (number < sequence->next) {
		take_late(sequence, number);
		return;
	}
	gap_open(sequence, sequence->next, number);
	sequence->next = number + 1;
}
