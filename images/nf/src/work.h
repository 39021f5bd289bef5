/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_WORK_H
#define NF_WORK_H

/*
 * Work that stands for that of a real function: so many cycles of the TSC for each packet, and a walk through memory, one cache line a packet, in an order
 * that no prefetcher guesses. The cycles come on top of what the walk takes: a working set that falls out of a cache shows.
 */
#include <stdint.h>

#include <rte_cycles.h>

#include "json.h"
#include "pages.h"

#define WORK_LINE_BYTES 64u
#define WORK_LINE_WORDS (WORK_LINE_BYTES / sizeof(uint64_t))
#define WORK_MAX_CYCLES 10000000u
#define WORK_MAX_MEMORY_BYTES (256u << 20)

struct work {
	uint64_t cycles;
	uint64_t *memory;
	uint64_t lines;
	uint64_t random;
	struct pages_turns pages;
	/* From `prepare` to `begin`. */
	uint64_t next_cycles;
	uint64_t next_lines;
};

/* Does the work of a burst. */
static inline void
work_do(struct work *work, unsigned int packets)
{
	uint64_t until;
	unsigned int i;

	if (work->lines != 0) {
		uint64_t random = work->random;

		for (i = 0; i < packets; i++) {
			/* Knuth's linear congruential generator; its high bits are the good ones. */
			random = random * 6364136223846793005u + 1442695040888963407u;
			work->memory[((random >> 32) * work->lines >> 32) * WORK_LINE_WORDS]++;
		}
		work->random = random;
	}
	if (work->cycles == 0)
		return;
	until = rte_rdtsc() + work->cycles * packets;
	while (rte_rdtsc() < until)
		;
}

/* Reads `work` of `start` and gets memory; returns NULL, or what is wrong. For the main lcore. */
const char *work_prepare(struct work *work, struct json_value params);
/* Makes what was prepared the work. For the worker. */
void work_begin(struct work *work);

#endif
