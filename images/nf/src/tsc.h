/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TSC_H
#define NF_TSC_H

/*
 * How fast the TSC ticks. DPDK's own answer is rounded to 10 MHz where the CPU does not tell (0.15 % off on one machine), which would be the error of
 * every rate and every duration; this one is good to a few parts in a million.
 */
#include <stdint.h>

/* Takes the first of two readings; call it early. */
void tsc_begin(void);
/* Takes the second one, after at least 20 ms. */
void tsc_settle(void);
/* Ticks per second. */
uint64_t tsc_hz(void);
/* Ticks in nanoseconds. */
uint64_t tsc_to_ns(uint64_t ticks);

#endif
