/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_COUNTERS_H
#define NF_COUNTERS_H

/*
 * Counters with one writer (the worker) and any number of readers (the main lcore).
 *
 * A relaxed load and a relaxed store are plain moves on every 64-bit machine, so counting costs no locked instruction; the atomic type only says that
 * another thread looks on, and keeps the compiler from tearing or caching the value.
 */
#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t nf_counter;

/* Reads a counter from any thread. */
static inline uint64_t
counter_get(const nf_counter *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Sets a counter; only its one writer may. */
static inline void
counter_set(nf_counter *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* Adds to a counter; only its one writer may. */
static inline void
counter_add(nf_counter *counter, uint64_t amount)
{
	counter_set(counter, counter_get(counter) + amount);
}

#endif
