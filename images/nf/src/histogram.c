/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

void
histogram_clear(struct histogram *histogram)
{
	unsigned int i;

	counter_set(&histogram->count, 0);
	counter_set(&histogram->sum, 0);
	counter_set(&histogram->min, UINT64_MAX);
	counter_set(&histogram->max, 0);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		counter_set(&histogram->buckets[i], 0);
}
