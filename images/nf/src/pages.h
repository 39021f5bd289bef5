/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_PAGES_H
#define NF_PAGES_H

/*
 * Large tables that `start` asks for and the worker uses. They are ordinary memory beside DPDK's, in huge pages where the kernel has some to give, all of
 * it there from the beginning: the data path meets no page fault. The main lcore gets and frees them; the worker is only lent them.
 */
#include <stdbool.h>
#include <stddef.h>

struct pages {
	void *at;     /* NULL: none */
	size_t bytes;
};

/* Makes `pages` hold zeroes, `bytes` of them, and keeps the memory it has if it fits; false (and no pages) when there is no memory. */
bool pages_get(struct pages *pages, size_t bytes);
/* Gives the memory back. */
void pages_free(struct pages *pages);

/* A table that is made anew for every trial, while the worker may still be using the one of the last: two take turns. */
struct pages_turns {
	struct pages pages[2];
	unsigned int used; /* which one the worker has */
};

/* Gets the next trial's table; NULL when there is no memory, or none is wanted. For the main lcore. */
static inline void *
pages_prepare(struct pages_turns *turns, size_t bytes)
{
	struct pages *next = &turns->pages[turns->used ^ 1];

	return pages_get(next, bytes) ? next->at : NULL;
}

/* Makes what was prepared the one in use. For the worker. */
static inline void *
pages_begin(struct pages_turns *turns)
{
	turns->used ^= 1;
	return turns->pages[turns->used].at;
}

#endif
