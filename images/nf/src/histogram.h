/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_HISTOGRAM_H
#define NF_HISTOGRAM_H

/*
 * A log-linear histogram of 64-bit values: 128 equal steps in each power of two, so a bucket is at most 1/128 (0.8 %) of its value wide. Values are
 * kept in TSC ticks; only the reader converts them to nanoseconds.
 */
#include "counters.h"
#include "text.h"

#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
/* Values of 2^48 ticks (a day) and more share the last bucket. */
#define HISTOGRAM_MAX_BITS 48
#define HISTOGRAM_BUCKETS ((HISTOGRAM_MAX_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

struct histogram {
	nf_counter count;
	nf_counter sum;
	nf_counter min;
	nf_counter max;
	nf_counter buckets[HISTOGRAM_BUCKETS];
};

/* The bucket that a value falls in. */
static inline unsigned int
histogram_index(uint64_t value)
{
	unsigned int shift;

	if (value < HISTOGRAM_STEPS)
		return (unsigned int)value;
	if (value >> HISTOGRAM_MAX_BITS != 0)
		return HISTOGRAM_BUCKETS - 1;
	shift = 63 - HISTOGRAM_STEP_BITS - (unsigned int)__builtin_clzll(value);
	return (shift << HISTOGRAM_STEP_BITS) + (unsigned int)(value >> shift);
}

/* The lowest value of a bucket. */
static inline uint64_t
histogram_low(unsigned int index)
{
	unsigned int shift;

	if (index < 2 * HISTOGRAM_STEPS)
		return index;
	shift = (index >> HISTOGRAM_STEP_BITS) - 1;
	return (uint64_t)(index - (shift << HISTOGRAM_STEP_BITS)) << shift;
}

/* Counts what values that are in their buckets already add up to. */
static inline void
histogram_add_sums(struct histogram *histogram, uint64_t count, uint64_t sum, uint64_t min, uint64_t max)
{
	counter_add(&histogram->count, count);
	counter_add(&histogram->sum, sum);
	if (min < counter_get(&histogram->min))
		counter_set(&histogram->min, min);
	if (max > counter_get(&histogram->max))
		counter_set(&histogram->max, max);
}

/* Counts the same value `count` times. */
static inline void
histogram_add(struct histogram *histogram, uint64_t value, uint64_t count)
{
	counter_add(&histogram->buckets[histogram_index(value)], count);
	histogram_add_sums(histogram, count, value * count, value, value);
}

/* Empties the histogram; only its writer may. */
void histogram_clear(struct histogram *histogram);
/* histogram_put.c: writes it in nanoseconds, with the buckets that are not empty, for the main lcore. */
void histogram_put(const struct histogram *histogram, const char *key, struct text *out);

#endif
