/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"
#include "tsc.h"

void
histogram_put(const struct histogram *histogram, const char *key, struct text *out)
{
	uint64_t count = counter_get(&histogram->count);
	unsigned int i = 0;

	json_open(out, key, '{');
	json_number(out, "count", count);
	json_number(out, "min", count == 0 ? 0 : tsc_to_ns(counter_get(&histogram->min)));
	json_number(out, "max", tsc_to_ns(counter_get(&histogram->max)));
	json_number(out, "sum", tsc_to_ns(counter_get(&histogram->sum)));
	json_open(out, "buckets", '[');
	while (i < HISTOGRAM_BUCKETS) {
		uint64_t low = tsc_to_ns(histogram_low(i));
		uint64_t in_bucket = 0;

		/* Near zero several buckets of ticks make one of nanoseconds. */
		do {
			in_bucket += counter_get(&histogram->buckets[i++]);
		} while (i < HISTOGRAM_BUCKETS && tsc_to_ns(histogram_low(i)) == low);
		if (in_bucket == 0)
			continue;
		json_open(out, NULL, '[');
		json_number(out, NULL, low);
		json_number(out, NULL, in_bucket);
		json_close(out, ']');
	}
	json_close(out, ']');
	json_close(out, '}');
}
