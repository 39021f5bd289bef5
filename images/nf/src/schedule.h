/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_SCHEDULE_H
#define NF_SCHEDULE_H

/*
 * When packets are due: packet n (from 0) of a trial at (n + 1/2) / rate after its start, so that any stretch of time that begins and ends at a whole number
 * of packets has exactly as many as the rate says. And how evenly they were sent: packets in each whole window of 100 ms.
 */
#include <stdbool.h>
#include <stdint.h>

#include "counters.h"

/* At a rate: the longest burst is what comes due in this time, so low rates are not clumped. */
#define SCHEDULE_BURST_US 10
/* At a rate: what could not be sent in this time is given up, and counted as offered but not sent. */
#define SCHEDULE_BEHIND_MS 10
/*
 * At a rate: what is late is made up for at up to this many times the rate. Sent all at once it would overflow rings that bear the rate well. A worker that
 * shares its CPU has to do all of its sending while it has it, and is not held back.
 */
#define SCHEDULE_CATCH_UP 1.2
#define SCHEDULE_WINDOW_MS 100

struct schedule {
	uint64_t start_tsc;
	double packets_per_tick; /* 0: as fast as the port takes them */
	uint64_t scheduled;      /* packets that were asked for so far and that were dealt with */
	uint64_t end;            /* packets of the whole trial */
	uint64_t quantum;        /* do not send less than this many, at a rate */
	uint64_t behind_max;
	uint64_t not_before;     /* when the next burst may be sent */
	double ticks_per_packet; /* at least; 0: no matter */
	unsigned int burst;
};

/* Starts a schedule. `packets` 0 goes on until it is stopped; `shared` is for a worker that shares its CPU. */
static inline void
schedule_begin(struct schedule *schedule, uint64_t now, double rate_pps, double tsc_hz, unsigned int burst, uint64_t packets, bool shared)
{
	const double in_burst_time = rate_pps * SCHEDULE_BURST_US / 1e6;

	schedule->start_tsc = now;
	schedule->packets_per_tick = rate_pps / tsc_hz;
	schedule->scheduled = 0;
	schedule->end = packets == 0 ? UINT64_MAX : packets;
	schedule->burst = burst;
	schedule->quantum = in_burst_time < 1 ? 1 : in_burst_time > burst ? burst : (uint64_t)in_burst_time;
	schedule->behind_max = (uint64_t)(rate_pps * SCHEDULE_BEHIND_MS / 1e3) + 2 * burst;
	schedule->not_before = now;
	schedule->ticks_per_packet = rate_pps > 0 && !shared ? tsc_hz / (SCHEDULE_CATCH_UP * rate_pps) : 0;
}

/* Whether there is a rate to keep. */
static inline bool
schedule_has_rate(const struct schedule *schedule)
{
	return schedule->packets_per_tick > 0;
}

/* Packets that were due by now. */
static inline uint64_t
schedule_due_by(const struct schedule *schedule, uint64_t now)
{
	uint64_t due = (uint64_t)((double)(now - schedule->start_tsc) * schedule->packets_per_tick + 0.5);

	return due < schedule->end ? due : schedule->end;
}

/* Counts what is hopelessly late as dealt with. */
static inline void
schedule_give_up(struct schedule *schedule, uint64_t due)
{
	if (due > schedule->scheduled + schedule->behind_max)
		schedule->scheduled = due - schedule->behind_max;
}

/* How many packets to send now: 0 while they are not worth a burst, or when all were sent. What is hopelessly late is given up. */
static inline unsigned int
schedule_due(struct schedule *schedule, uint64_t now)
{
	const uint64_t left = schedule->end - schedule->scheduled;
	uint64_t due, behind;
	unsigned int count;

	if (!schedule_has_rate(schedule))
		return left < schedule->burst ? (unsigned int)left : schedule->burst;
	if (now < schedule->not_before)
		return 0;
	due = schedule_due_by(schedule, now);
	behind = due - schedule->scheduled;
	if (due <= schedule->scheduled || (behind < schedule->quantum && behind < left))
		return 0;
	if (behind > schedule->behind_max) {
		schedule_give_up(schedule, due);
		behind = schedule->behind_max;
	}
	count = behind < schedule->burst ? (unsigned int)behind : schedule->burst;
	schedule->not_before = now + (uint64_t)(count * schedule->ticks_per_packet);
	return count;
}

/* Packets sent in windows that are over. */
struct windows {
	uint64_t ticks; /* length of a window */
	uint64_t end;   /* of the one that goes on */
	uint64_t before; /* packets that were sent before it */
	nf_counter count;
	nf_counter min_sent;
	nf_counter max_sent;
};

/* Starts the first window. */
static inline void
windows_begin(struct windows *windows, uint64_t now, uint64_t tsc_hz)
{
	windows->ticks = tsc_hz * SCHEDULE_WINDOW_MS / 1000;
	windows->end = now + windows->ticks;
	windows->before = 0;
	counter_set(&windows->count, 0);
	counter_set(&windows->min_sent, 0);
	counter_set(&windows->max_sent, 0);
}

/* Closes the windows that have ended by now, if any; `sent` is the packets sent so far. To be called before packets are sent at `now`. */
static inline void
windows_close(struct windows *windows, uint64_t now, uint64_t sent)
{
	while (now >= windows->end) {
		const uint64_t in_window = sent - windows->before;
		const uint64_t count = counter_get(&windows->count);

		if (count == 0 || in_window < counter_get(&windows->min_sent))
			counter_set(&windows->min_sent, in_window);
		if (in_window > counter_get(&windows->max_sent))
			counter_set(&windows->max_sent, in_window);
		counter_set(&windows->count, count + 1);
		windows->before = sent;
		windows->end += windows->ticks;
	}
}

#endif
