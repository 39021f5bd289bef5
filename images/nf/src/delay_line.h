/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_DELAY_LINE_H
#define NF_DELAY_LINE_H

/*
 * Things that wait until their time has come, at most so many: a heap by time. Those of one time come out in the order that they went in. Adding and taking
 * cost a few steps for each doubling of what waits, and no memory.
 */
#include <stdbool.h>
#include <stdint.h>

struct delay_entry {
	uint64_t due;
	uint64_t order;
	void *thing;
};

struct delay_line {
	struct delay_entry *entries;
	unsigned int count;
	unsigned int capacity;
	uint64_t order; /* of the next that goes in */
};

/* Gets memory for so many; false when there is none. */
bool delay_line_init(struct delay_line *line, unsigned int capacity);
/* Adds a thing; false when the line is full. */
bool delay_line_add(struct delay_line *line, uint64_t due, void *thing);
/* Takes the thing that has waited to its time, the earliest first; NULL when none has. */
void *delay_line_take(struct delay_line *line, uint64_t now);

#endif
