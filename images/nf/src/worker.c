/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <sys/prctl.h>
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
#define NAP_NS 100000L

/* How a worker paces itself; nobody else sees it. */
struct pace {
	bool running;
	bool begun[2];           /* whether the first and the second application are in a trial */
	uint32_t serial;
	unsigned int bursts;     /* since the last yield */
	unsigned int empty_run;  /* empty polls in a row, between trials */
	long sleep_ns;
};

/* Makes one application obey: ends its trial if that is over, begins the next if it is its turn. */
static void
obey_one(struct nf *nf, const struct nf_app *app, bool *begun, enum nf_command command, uint64_t now)
{
	bool begins = command == NF_RUN || (command == NF_HOLD && app->receives) || (command == NF_SEND && !app->receives);

	/* Sending begins beside receivers that are in the trial already. */
	if (command == NF_SEND && app->receives)
		return;
	if (*begun && app->end != NULL)
		app->end(nf, now);
	if (begins && app->begin != NULL)
		app->begin(nf, now);
	*begun = begins;
}

/* Obeys a new command; returns false when it is to exit. */
static bool
obey(struct nf *nf, struct pace *pace, uint32_t serial, uint64_t now)
{
	enum nf_command command = (enum nf_command)atomic_load_explicit(&nf->command, memory_order_relaxed);

	obey_one(nf, nf->app, &pace->begun[0], command, now);
	if (nf->also != NULL)
		obey_one(nf, nf->also, &pace->begun[1], nf->also_runs ? command : NF_IDLE, now);
	pace->running = command != NF_IDLE && command != NF_EXIT;
	pace->serial = serial;
	pace->empty_run = 0;
	pace->sleep_ns = SLEEP_MIN_NS;
	atomic_store_explicit(&nf->worker_serial, serial, memory_order_release);
	return command != NF_EXIT;
}

/* One turn of the applications. */
static inline struct nf_turn
take_turn(struct nf *nf, uint64_t now)
{
	struct nf_turn turn = nf->app->turn(nf, now);

	if (nf->also != NULL) {
		struct nf_turn second = nf->also->turn(nf, now);

		turn.packets += second.packets;
		turn.stalled |= second.stalled;
	}
	return turn;
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
	if (turn->packets == 0 && nf->may_nap && !turn->stalled)
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
	/* Short sleeps are to be as short as they say: the usual slack is 50 us. */
	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		uint32_t serial = atomic_load_explicit(&nf->command_serial, memory_order_acquire);
		struct nf_turn turn;
		uint64_t after;

		if (unlikely(serial != pace.serial) && !obey(nf, &pace, serial, now))
			return 0;
		turn = take_turn(nf, now);
		after = rte_rdtsc();
		counter_add(&counters->iterations, 1);
		if (turn.packets != 0) {
			counter_add(&counters->busy_tsc, after - now);
		} else {
			counter_add(&counters->idle_tsc, after - now);
			counter_add(&counters->empty_polls, 1);
			/* Whoever is to fill the ring (or empty it) would be held up by a look at it every few cycles. */
			rte_pause();
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

/* Some three seconds: on a machine that others use a worker may have to wait for its CPU that long. */
#define COMMAND_TRIES 40000

bool
worker_command(struct nf *nf, enum nf_command command)
{
	const struct timespec step = {.tv_nsec = 20000};
	uint32_t serial = atomic_load_explicit(&nf->command_serial, memory_order_relaxed) + 1;
	unsigned int tries;

	atomic_store_explicit(&nf->command, command, memory_order_relaxed);
	atomic_store_explicit(&nf->command_serial, serial, memory_order_release);
	for (tries = 0; tries < COMMAND_TRIES; tries++) {
		if (atomic_load_explicit(&nf->worker_serial, memory_order_acquire) == serial)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}
