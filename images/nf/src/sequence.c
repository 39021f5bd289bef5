/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "sequence.h"

/* The gap with this number, counted over all that were ever opened. */
static struct sequence_gap *
gap_at(struct sequence *sequence, uint64_t index)
{
	return &sequence->gaps[index % SEQUENCE_GAPS];
}

/* The oldest gap that is remembered. */
static uint64_t
oldest_gap(const struct sequence *sequence)
{
	return sequence->gap_count < SEQUENCE_GAPS ? 0 : sequence->gap_count - SEQUENCE_GAPS;
}

/* Puts a gap before the one at `index`, or at the end; forgets the oldest one when there are too many. */
static void
gap_insert(struct sequence *sequence, uint64_t index, struct sequence_gap gap)
{
	uint64_t i;

	for (i = sequence->gap_count; i > index; i--)
		*gap_at(sequence, i) = *gap_at(sequence, i - 1);
	*gap_at(sequence, index) = gap;
	sequence->gap_count++;
}

/* Takes a number out of the gap that holds it: from an edge, or by splitting the gap. */
static void
gap_close(struct sequence *sequence, uint64_t index, uint64_t number)
{
	struct sequence_gap *gap = gap_at(sequence, index);
	struct sequence_gap rest = {.first = number + 1, .end = gap->end, .arrival = gap->arrival};

	if (number == gap->first) {
		gap->first++;
	} else {
		gap->end = number;
		if (rest.first < rest.end)
			gap_insert(sequence, index + 1, rest);
	}
}

/* Adds consecutive numbers to what has come last. */
static void
run_add(struct sequence *sequence, uint64_t first, uint64_t length)
{
	struct sequence_run *last = &sequence->runs[(sequence->run_count - 1) % SEQUENCE_DEGREES];

	if (sequence->run_count > 0 && last->first + last->length == first) {
		last->length += length;
	} else {
		sequence->runs[sequence->run_count % SEQUENCE_DEGREES] = (struct sequence_run){.first = first, .length = length};
		sequence->run_count++;
	}
	sequence->recorded += length;
}

/* How many packets right before this one had higher numbers, up to SEQUENCE_DEGREES: as many runs are remembered, of one packet at least. */
static uint64_t
degree_of(const struct sequence *sequence, uint64_t number)
{
	uint64_t known = sequence->run_count < SEQUENCE_DEGREES ? sequence->run_count : SEQUENCE_DEGREES;
	uint64_t degree = 0;
	uint64_t i;

	for (i = 1; i <= known && degree < SEQUENCE_DEGREES; i++) {
		const struct sequence_run *run = &sequence->runs[(sequence->run_count - i) % SEQUENCE_DEGREES];

		if (run->first < number)
			break;
		degree += run->length;
	}
	return degree < SEQUENCE_DEGREES ? degree : SEQUENCE_DEGREES;
}

/* Counts a reordered packet; `gap` is the one it was missing from, or NULL when that is forgotten. */
static void
count_reordered(struct sequence *sequence, const struct sequence_gap *gap, uint64_t number)
{
	uint64_t arrival = sequence->next - sequence->missing;
	uint64_t degree = degree_of(sequence, number);
	uint64_t i;

	counter_add(&sequence->reordered, 1);
	for (i = 0; i < degree; i++)
		counter_add(&sequence->degrees[i], 1);
	if (gap == NULL) {
		counter_add(&sequence->beyond, 1);
	} else {
		uint64_t extent = arrival - gap->arrival;

		counter_add(&sequence->extents[63 - __builtin_clzll(extent | 1)], 1);
		if (extent > counter_get(&sequence->max_extent))
			counter_set(&sequence->max_extent, extent);
	}
	sequence->missing--;
	run_add(sequence, number, 1);
}

/* A number from the past: was it missing? Looks for the last gap that starts no later. */
static enum sequence_kind
take_late(struct sequence *sequence, uint64_t number)
{
	uint64_t oldest = oldest_gap(sequence);
	uint64_t low = oldest;
	uint64_t high = sequence->gap_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (gap_at(sequence, middle)->first <= number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > oldest && number < gap_at(sequence, low - 1)->end) {
		count_reordered(sequence, gap_at(sequence, low - 1), number);
		gap_close(sequence, low - 1, number);
		return SEQUENCE_LATE;
	}
	if (low == oldest && sequence->gap_count > SEQUENCE_GAPS && sequence->missing > 0) {
		count_reordered(sequence, NULL, number);
		return SEQUENCE_LATE;
	}
	counter_add(&sequence->duplicates, 1);
	return SEQUENCE_DUPLICATE;
}

void
sequence_clear(struct sequence *sequence)
{
	unsigned int i;

	sequence->next = 0;
	sequence->missing = 0;
	sequence->gap_count = 0;
	sequence->run_count = 0;
	sequence->recorded = 0;
	counter_set(&sequence->reordered, 0);
	counter_set(&sequence->duplicates, 0);
	counter_set(&sequence->max_extent, 0);
	counter_set(&sequence->beyond, 0);
	for (i = 0; i < SEQUENCE_EXTENTS; i++)
		counter_set(&sequence->extents[i], 0);
	for (i = 0; i < SEQUENCE_DEGREES; i++)
		counter_set(&sequence->degrees[i], 0);
}

enum sequence_kind
sequence_surprise(struct sequence *sequence, uint64_t number)
{
	uint64_t arrivals = sequence->next - sequence->missing;
	uint64_t expected = arrivals - sequence->recorded;

	/* Since the last surprise all numbers were the expected ones. */
	if (expected > 0)
		run_add(sequence, sequence->next - expected, expected);
	if (number < sequence->next)
		return take_late(sequence, number);
	if (number > sequence->next)
		gap_insert(sequence, sequence->gap_count,
			   (struct sequence_gap){.first = sequence->next, .end = number, .arrival = arrivals});
	sequence->missing += number - sequence->next;
	sequence->next = number + 1;
	run_add(sequence, number, 1);
	return SEQUENCE_AHEAD;
}
