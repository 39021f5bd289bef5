/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "nf.h"

/* Bursts between two yields of a worker that shares its CPU: fewer waste time on switching, more let the others' rings overflow. */
#define BURSTS_PER_YIELD 8
/* Between trials a worker that finds nothing this often sleeps, and longer the longer it finds nothing. */
#define EMPTY_POLLS_BEFORE_SLEEP 2048u
#define SLEEP_MIN_NS 50000L
#define SLEEP_MAX_NS 1000000L
/* How long a receiver on a kernel interface lets a sender on the same CPU work. */
#define NAP_NS 50000L
/*
 * A worker that has found nothing this often in a row, with a yield each time, naps as well. Linux 6.18 has been seen to let workers that did nothing but
 * yield to each other starve the kernel's own threads on their CPU for a minute, and with them whoever waited for a disk; a sleep ends that.
 */
#define EMPTY_YIELDS_BEFORE_NAP 64u


/* How a worker paces itself; nobody else sees it. */
struct pace {
	bool running;
	uint32_t serial;
	unsigned int bursts;     /* since the last yield */
	unsigned int empty_run;  /* empty polls in a row, between trials */
	unsigned int empty_yields; /* yields in a row with nothing between them */
	long sleep_ns;
};

/* Obeys a new command; returns false when it is to exit. */
static bool
obey(struct nf *nf, struct pace *pace, uint32_t serial, uint64_t now)
{
	enum nf_command command = (enum nf_command)atomic_load_explicit(&nf->command, memory_order_relaxed);

	if (pace->running && nf->app->end != NULL)
		nf->app->end(nf, now);
	if (command == NF_RUN && nf->app->begin != NULL)
		nf->app->begin(nf, now);
	pace->running = command == NF_RUN;
	pace->serial = serial;
	pace->empty_run = 0;
	pace->sleep_ns = SLEEP_MIN_NS;
	atomic_store_explicit(&nf->worker_serial, serial, memory_order_release);
	return command != NF_EXIT;
}

/* Between trials: sleeps when there has been nothing to do for long. Inside a trial a worker never sleeps. */
static void
rest(struct pace *pace, bool empty)
{
	struct timespec nap = {0};

	if (!empty) {
		pace->empty_run = 0;
		pace->sleep_ns = SLEEP_MIN_NS;
		return;
	}
	if (++pace->empty_run < EMPTY_POLLS_BEFORE_SLEEP)
		return;
	nap.tv_nsec = pace->sleep_ns;
	nanosleep(&nap, NULL);
	if (pace->sleep_ns < SLEEP_MAX_NS)
		pace->sleep_ns *= 2;
}

/*
 * Hands the CPU to whom it is shared with, when it is time to: nothing to do, nowhere to send, or enough done. A receiver on kernel interfaces sleeps for a
 * moment instead when it finds nothing: there a sender's work is done inside system calls, so that polling between them would only take half of its time
 * away, and the rings (4096 frames) are long for what the kernel can carry.
 */
static bool
yield(struct nf *nf, struct pace *pace, const struct nf_turn *turn)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};

	if (turn->packets != 0 && !turn->stalled && ++pace->bursts < BURSTS_PER_YIELD)
		return false;
	pace->bursts = 0;
	pace->empty_yields = turn->packets == 0 ? pace->empty_yields + 1 : 0;
	if (turn->packets == 0 && ((nf->may_nap && !turn->stalled) || pace->empty_yields >= EMPTY_YIELDS_BEFORE_NAP))
		nanosleep(&nap, NULL);
	else
		sched_yield();
	counter_add(&nf->worker.yields, 1);
	return true;
}

int
worker_main(void *argument)
{
	struct nf *nf = argument;
	struct nf_worker_counters *counters = &nf->worker;
	struct pace pace = {.sleep_ns = SLEEP_MIN_NS};
	const bool shared = nf->args.yield;
	uint64_t now = rte_rdtsc();

	atomic_store_explicit(&nf->worker_tid, (int)gettid(), memory_order_relaxed);
	for (;;) {
		uint32_t serial = atomic_load_explicit(&nf->command_serial, memory_order_acquire);
		struct nf_turn turn;
		uint64_t after;

		if (unlikely(serial != pace.serial) && !obey(nf, &pace, serial, now))
			return 0;
		turn = nf->app->turn(nf, now);
		after = rte_rdtsc();
		counter_add(&counters->iterations, 1);
		if (turn.packets != 0) {
			counter_add(&counters->busy_tsc, after - now);
		} else {
			counter_add(&counters->idle_tsc, after - now);
			counter_add(&counters->empty_polls, 1);
		}
		now = after;
		if (unlikely(!pace.running)) {
			rest(&pace, turn.packets == 0);
			now = rte_rdtsc();
		}
		if (shared && yield(nf, &pace, &turn))
			now = rte_rdtsc();
	}
}

bool
worker_command(struct nf *nf, enum nf_command command)
{
	const struct timespec step = {.tv_nsec = 20000};
	uint32_t serial = atomic_load_explicit(&nf->command_serial, memory_order_relaxed) + 1;
	unsigned int tries;

	atomic_store_explicit(&nf->command, command, memory_order_relaxed);
	atomic_store_explicit(&nf->command_serial, serial, memory_order_release);
	for (tries = 0; tries < 10000; tries++) {
		if (atomic_load_explicit(&nf->worker_serial, memory_order_acquire) == serial)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}
