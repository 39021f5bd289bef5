/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include <rte_cycles.h>

#include "tsc.h"

#define TRIES 16
#define BASELINE_NS 20000000L

/* One moment on both clocks. */
struct moment {
	uint64_t ticks;
	uint64_t ns;
};

static struct moment first;
static uint64_t hz;

/* Reads both clocks, several times, and keeps the reading that was interrupted least. */
static struct moment
read_both(void)
{
	struct moment best = {0};
	uint64_t best_width = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		uint64_t before = rte_rdtsc();
		struct timespec now;
		uint64_t width;

		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		width = rte_rdtsc() - before;
		if (width >= best_width)
			continue;
		best_width = width;
		best.ticks = before + width / 2;
		best.ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	}
	return best;
}

void
tsc_begin(void)
{
	first = read_both();
}

void
tsc_settle(void)
{
	struct moment second = read_both();

	if (second.ns - first.ns < BASELINE_NS) {
		const struct timespec rest = {.tv_nsec = BASELINE_NS};

		nanosleep(&rest, NULL);
		second = read_both();
	}
	hz = (uint64_t)((double)(second.ticks - first.ticks) * 1e9 / (double)(second.ns - first.ns));
}

uint64_t
tsc_hz(void)
{
	return hz;
}

uint64_t
tsc_to_ns(uint64_t ticks)
{
	return (uint64_t)((double)ticks * 1e9 / (double)hz);
}
