/* SPDX-License-Identifier: Apache-2.0 */
/* Checks how the generator chooses sizes, flows and times, against counting and a made-up clock. `make check` builds and runs it. */
#include <stdlib.h>

#include "../src/flows.h"
#include "../src/schedule.h"
#include "check.h"

/* Every stretch from the start of a cycle has nearly its share of each size, and the whole cycle exactly. */
static void
check_mix(const char *text)
{
	struct genome genome = genome_of(text);
	unsigned int seen[GENOME_MAX_SIZES] = {0};
	unsigned int frame, i;

	for (frame = 0; frame < genome.cycle; frame++) {
		seen[genome.order[frame]]++;
		for (i = 0; i < genome.count; i++) {
			double share = (frame + 1.0) * genome.weights[i] / genome.cycle;

			check(seen[i] < share + 2 && seen[i] > share - 2, "frames of a size so far", (uint64_t)share, seen[i]);
		}
	}
	for (i = 0; i < genome.count; i++)
		check_equal("frames of a size in a cycle", genome.weights[i], seen[i]);
}

static void
test_genome(void)
{
	struct genome genome = genome_of("{\"frames\":[{\"bytes\":1518,\"weight\":2},{\"bytes\":64,\"weight\":14},{\"bytes\":570,\"weight\":8}]}");

	check_equal("IMIX reduced", 12, genome.cycle);
	check_equal("IMIX smallest", 64, genome.bytes[0]);
	check_equal("IMIX smallest often", 7, genome.weights[0]);
	check_equal("IMIX largest", 1518, genome.bytes[2]);
	check_mix("{\"frames\":[{\"bytes\":64,\"weight\":7},{\"bytes\":570,\"weight\":4},{\"bytes\":1518}]}");
	check_mix("{\"frames\":[{\"bytes\":64,\"weight\":1000},{\"bytes\":1518,\"weight\":1}]}");
	check_mix("{\"frames\":[{\"bytes\":64,\"weight\":3},{\"bytes\":65,\"weight\":5},{\"bytes\":64,\"weight\":8},{\"bytes\":9018,\"weight\":101}]}");
	check_equal("no frames is one size of 64", 64, genome_of("{}").bytes[0]);
	check_equal("sizes named twice", 2, genome_of("{\"frames\":[{\"bytes\":64},{\"bytes\":65},{\"bytes\":64}]}").count);
	check_problem("too small", "64 to 9018", genome_read(json("{\"frames\":[{\"bytes\":63}]}"), &genome));
	check_problem("too large", "64 to 9018", genome_read(json("{\"frames\":[{\"bytes\":9019}]}"), &genome));
	check_problem("no weight", "weight", genome_read(json("{\"frames\":[{\"bytes\":64,\"weight\":0}]}"), &genome));
	check_problem("too long a cycle", "1024", genome_read(json("{\"frames\":[{\"bytes\":64,\"weight\":1000},{\"bytes\":65,\"weight\":25}]}"), &genome));
	check_problem("none", "no size", genome_read(json("{\"frames\":[]}"), &genome));
	check_problem("no list", "array", genome_read(json("{\"frames\":64}"), &genome));
}

static struct flows
flows_for(struct flows_spec spec)
{
	struct flows flows = {0};

	check_problem("", "", flows_init(&flows, &spec) == NULL ? "" : NULL);
	return flows;
}

/* What is said of the first N packets agrees with counting them. */
static void
check_sent(struct flows_spec spec, uint64_t first_n)
{
	struct flows flows = flows_for(spec);
	uint64_t *counted = calloc(spec.count, sizeof(*counted));
	uint64_t *each = calloc(spec.count, sizeof(*each));
	uint64_t n;
	uint32_t flow;

	for (n = 0; n < first_n; n++) {
		flow = flows_of(&flows, n);
		check(flow < spec.count, "a flow below", spec.count, flow);
		counted[flow]++;
	}
	flows_sent_each(&flows, first_n, each);
	for (flow = 0; flow < spec.count; flow++)
		check_equal("packets of a flow", counted[flow], each[flow]);
	for (flow = 0; flow < spec.count; flow += 1 + spec.count / 5)
		check_equal("packets of one flow", counted[flow], flows_sent(&flows, flow, first_n));
	free(counted);
	free(each);
	flows_free(&flows);
}

/* Shares of flows in a whole table: Zipf's law, to the pick. */
static void
check_zipf(uint32_t count, double skew, double share_of_first, double share_of_third)
{
	struct flows flows = flows_for((struct flows_spec){.count = count, .choice = FLOWS_ZIPF, .skew = skew, .seed = 1});
	uint64_t size = (uint64_t)flows.mask + 1;
	double first = (double)flows_sent(&flows, 0, size) / size;
	double third = (double)flows_sent(&flows, 2, size) / size;

	check(first > share_of_first - 2.0 / size && first < share_of_first + 2.0 / size, "share of the first, in a million",
	      (uint64_t)(share_of_first * 1e6), (uint64_t)(first * 1e6));
	check(third > share_of_third - 2.0 / size && third < share_of_third + 2.0 / size, "share of the third, in a million",
	      (uint64_t)(share_of_third * 1e6), (uint64_t)(third * 1e6));
	flows_free(&flows);
}

/* Packets of two flows' orders that agree. */
static unsigned int
in_common(struct flows_spec a, struct flows_spec b)
{
	struct flows first = flows_for(a), second = flows_for(b);
	unsigned int alike = 0, n;

	for (n = 0; n < 10000; n++)
		alike += flows_of(&first, n) == flows_of(&second, n);
	flows_free(&first);
	flows_free(&second);
	return alike;
}

static void
test_flows(void)
{
	static const enum flows_choice choices[] = {FLOWS_ROUND_ROBIN, FLOWS_UNIFORM, FLOWS_ZIPF};
	struct flows_spec spec;
	struct flows flows;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		check_sent((struct flows_spec){.count = 1, .choice = choices[i], .skew = 1, .seed = 7}, 1000);
		check_sent((struct flows_spec){.count = 7, .choice = choices[i], .skew = 0.5, .seed = 7}, 65536 * 3 + 17);
		check_sent((struct flows_spec){.count = 100000, .choice = choices[i], .skew = 1, .seed = 7}, 1234567);
	}
	/* 1 + 1/2 + ... + 1/1000 is 7.4854708606; the sum of 1/k^2 up to 1000 is 1.6439345667. */
	check_zipf(1000, 1, 1 / 7.4854708606, 1 / 3.0 / 7.4854708606);
	check_zipf(1000, 2, 1 / 1.6439345667, 1 / 9.0 / 1.6439345667);
	check_zipf(1000, 0, 0.001, 0.001);
	flows = flows_for((struct flows_spec){.count = FLOWS_MAX, .choice = FLOWS_UNIFORM, .seed = 3});
	for (i = 0; i < FLOWS_MAX; i += 997)
		check(flows_sent(&flows, i, (uint64_t)flows.mask + 1) >= 4, "a flow of a million comes up", 4, 0);
	flows_free(&flows);
	spec = (struct flows_spec){.count = 1000, .choice = FLOWS_UNIFORM, .seed = 1};
	check_equal("the same seed, the same order", 10000, in_common(spec, spec));
	check(in_common(spec, (struct flows_spec){.count = 1000, .choice = FLOWS_UNIFORM, .seed = 2}) < 100, "another seed, another order", 0, 1);
	check_problem("", "", flows_read(json("{}"), &spec) == NULL && spec.count == 1 ? "" : NULL);
	check_problem("", "",
		      flows_read(json("{\"flows\":{\"count\":5,\"choice\":\"zipf\",\"skew\":0.9,\"vary\":\"address\",\"seed\":3}}"), &spec) == NULL ? "" : NULL);
	check(spec.count == 5 && spec.choice == FLOWS_ZIPF && spec.skew == 0.9 && spec.vary == FLOWS_VARY_ADDRESS && spec.seed == 3, "flows as asked", 1, 0);
	check_problem("no flow", "1 to 1000000", flows_read(json("{\"flows\":{\"count\":0}}"), &spec));
	check_problem("too many", "1 to 1000000", flows_read(json("{\"flows\":{\"count\":1000001}}"), &spec));
	check_problem("a number", "object", flows_read(json("{\"flows\":5}"), &spec));
	check_problem("choice", "round-robin", flows_read(json("{\"flows\":{\"choice\":\"best\"}}"), &spec));
	check_problem("skew", "0 to 10", flows_read(json("{\"flows\":{\"skew\":11}}"), &spec));
}

#define HZ 2000000000ull

/* Sends by a schedule for a second, with a look at the clock every `step` ticks; a port that takes everything. */
static void
check_pace(double rate, unsigned int step, unsigned int burst)
{
	struct schedule schedule;
	struct windows windows = {0};
	uint64_t sent = 0, now;

	schedule_begin(&schedule, 1000, rate, HZ, burst, 0, false);
	windows_begin(&windows, 1000, HZ);
	for (now = 1000; now <= 1000 + HZ; now += step) {
		unsigned int count;

		windows_close(&windows, now, sent);
		count = schedule_due(&schedule, now);
		check(count <= burst, "a burst", burst, count);
		schedule.scheduled += count;
		sent += count;
	}
	check_equal("windows in a second", 10, counter_get(&windows.count));
	/* A burst is sent when it is due in full, so a window may have one more or less; at low rates a burst is a packet that is due in between. */
	check(counter_get(&windows.min_sent) >= rate / 10 - (rate >= 1e5 ? burst : 0), "least in a window", (uint64_t)(rate / 10), counter_get(&windows.min_sent));
	check(counter_get(&windows.max_sent) <= rate / 10 + (rate >= 1e5 ? burst : 0), "most in a window", (uint64_t)(rate / 10), counter_get(&windows.max_sent));
	check(sent >= rate * 0.9999 - burst && sent <= rate, "packets in a second", (uint64_t)rate, sent);
}

/*
 * A stall in the middle of a second at 1 Mpps: what is made up for comes at 1.2 times the rate, and what is later than 10 ms counts as offered only. A worker
 * that shares its CPU makes up for it at once.
 */
static void
check_stall(unsigned int stall_us, bool shared, uint64_t given_up)
{
	struct schedule schedule;
	uint64_t sent = 0, most = 0, us;
	uint64_t window[100] = {0};

	schedule_begin(&schedule, 0, 1e6, HZ, 32, 0, shared);
	for (us = 0; us <= 1000000; us = us == 500000 ? us + stall_us + 1 : us + 1) {
		unsigned int count = schedule_due(&schedule, us * (HZ / 1000000));

		schedule.scheduled += count;
		sent += count;
		/* Packets in the last 100 us. */
		most = sent - window[us % 100] > most ? sent - window[us % 100] : most;
		window[us % 100] = sent;
	}
	schedule_give_up(&schedule, schedule_due_by(&schedule, HZ));
	check(sent > 1000000 - given_up - 50 && sent <= 1000000 - given_up + 150, "sent after a stall", 1000000 - given_up, sent);
	check(schedule.scheduled > 1000000 - 50 && schedule.scheduled <= 1000000, "offered after a stall", 1000000, schedule.scheduled);
	check(shared ? most > 1000 : most <= 120 + 32, "most in 100 us", 120, most);
}

static void
test_schedule(void)
{
	struct schedule schedule;
	struct windows windows = {0};
	unsigned int count, i;
	uint64_t sent = 0;

	check_pace(10, 100000, 32);
	check_pace(1000, 500, 32);
	check_pace(10000, 500, 1);
	check_pace(1e6, 500, 32);
	check_pace(2e6, 500, 64);
	/* An exact number of packets, with and without a rate. */
	for (i = 0; i < 2; i++) {
		schedule_begin(&schedule, 0, i * 5e6, HZ, 32, 1001, false);
		for (sent = 0, count = 0; count < 1000000 && sent < 1001; count++) {
			unsigned int due = schedule_due(&schedule, count * 100);

			schedule.scheduled += due;
			sent += due;
		}
		check_equal("an exact number", 1001, sent);
		check_equal("no more after that", 0, schedule_due(&schedule, HZ));
	}
	check_stall(4000, false, 0);
	check_stall(8000, false, 0);
	check_stall(50000, false, 40000);
	check_stall(8000, true, 0);
	check_stall(50000, true, 40000);
	/* A port that takes nothing: what is late was offered, even if nobody asked what is due. */
	schedule_begin(&schedule, 0, 1e6, HZ, 32, 0, false);
	schedule_give_up(&schedule, schedule_due_by(&schedule, HZ / 10));
	check_equal("offered to a port that takes nothing", 90000 - 64, schedule.scheduled);
	/* A stall across windows leaves windows with nothing. */
	windows_begin(&windows, 0, HZ);
	windows_close(&windows, HZ * 35 / 100, 700);
	check_equal("windows", 3, counter_get(&windows.count));
	check_equal("least", 0, counter_get(&windows.min_sent));
	check_equal("most", 700, counter_get(&windows.max_sent));
}

int
main(void)
{
	test_genome();
	test_flows();
	test_schedule();
	return checks_end("generator");
}
