/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the bad line: that things come out of the delay line in the order of their times, and that shares and delays are those asked. `make check`. */
#include <stdlib.h>

#include "../src/delay_line.h"
#include "../src/impair.h"
#include "check.h"

#define HZ 2500000000u
#define DRAWS 400000

/* Against the plainest way: look for the earliest of all. */
static void
test_delay_line(void)
{
	enum { CAPACITY = 100 };
	struct delay_line line;
	uint64_t due[CAPACITY + 1];
	uint64_t number[CAPACITY + 1];
	uint64_t now = 0, next = 1;
	unsigned int waiting = 0, step;

	check(delay_line_init(&line, CAPACITY), "a line", 1, 0);
	for (step = 0; step < 100000; step++) {
		now += below(3);
		if (below(2) == 0) {
			uint64_t at = now + below(40);
			bool added = delay_line_add(&line, at, (void *)(uintptr_t)next);

			check_equal("room", waiting < CAPACITY, added);
			if (added) {
				due[waiting] = at;
				number[waiting++] = next;
			}
			next++;
		} else {
			uint64_t got = (uint64_t)(uintptr_t)delay_line_take(&line, now);
			unsigned int earliest = 0, i;

			for (i = 1; i < waiting; i++)
				if (due[i] < due[earliest] || (due[i] == due[earliest] && number[i] < number[earliest]))
					earliest = i;
			check_equal("next to leave", waiting > 0 && due[earliest] <= now ? number[earliest] : 0, got);
			if (got != 0) {
				waiting--;
				due[earliest] = due[waiting];
				number[earliest] = number[waiting];
			}
		}
		check_equal("waiting", waiting, line.count);
	}
	free(line.entries);
}

static struct impair
impair_of(const char *text)
{
	struct impair_spec spec;
	struct impair impair;
	const char *problem = impair_read(&spec, json(text));

	check(problem == NULL, text, 1, 0);
	impair_begin(&impair, &spec, HZ);
	return impair;
}

/* Within 2 % of what is asked. */
static void
check_near(const char *what, uint64_t wanted, uint64_t got)
{
	check(got * 100 >= wanted * 98 && got * 100 <= wanted * 102, what, wanted, got);
}

static void
test_shares(uint64_t share)
{
	char text[160];
	struct impair impair;
	uint64_t lost = 0, twice = 0, ahead = 0;
	unsigned int i;

	snprintf(text, sizeof(text), "{\"impair\":{\"lossPpb\":%llu,\"duplicatePpb\":%llu,\"reorderPpb\":%llu,\"delayNs\":1000,\"seed\":7}}",
		 (unsigned long long)share, (unsigned long long)share, (unsigned long long)share);
	impair = impair_of(text);
	for (i = 0; i < DRAWS; i++) {
		struct impair_fate fate = impair_next(&impair);

		lost += fate.lost;
		twice += fate.twice;
		ahead += fate.overtakes;
		check(!fate.lost || !(fate.twice || fate.overtakes), "a lost packet is nothing else", 0, 1);
		check(!fate.overtakes || fate.ticks == 0, "who overtakes does not wait", 0, fate.ticks);
	}
	check_near("lost", share * DRAWS / IMPAIR_PPB, lost);
	check_near("doubled", share * (DRAWS - lost) / IMPAIR_PPB, twice);
	check_near("reordered", share * (DRAWS - lost) / IMPAIR_PPB, ahead);
}

static void
test_delays(void)
{
	struct impair impair = impair_of("{\"impair\":{\"delayNs\":1000000,\"jitterNs\":250000}}");
	uint64_t sum = 0, least = UINT64_MAX, most = 0;
	unsigned int i;

	for (i = 0; i < DRAWS; i++) {
		uint64_t ticks = impair_next(&impair).ticks;

		sum += ticks;
		least = ticks < least ? ticks : least;
		most = ticks > most ? ticks : most;
	}
	check_near("mean delay", HZ / 1000, sum / DRAWS);
	check_near("shortest delay", HZ / 1000 * 3 / 4, least);
	check_near("longest delay", HZ / 1000 * 5 / 4, most);
	check(least >= HZ / 1000 * 3 / 4 && most <= HZ / 1000 * 5 / 4, "delays within the jitter", 1, 0);
	impair = impair_of("{\"impair\":{\"delayNs\":1000000000}}");
	check_equal("a second", HZ, impair_next(&impair).ticks);
	impair = impair_of("{}");
	check_equal("nothing asked", 0, impair_next(&impair).ticks);
}

/* The same seed gives the same lots, another seed others. */
static void
test_seeds(void)
{
	struct impair one = impair_of("{\"impair\":{\"lossPpb\":500000000,\"seed\":1}}");
	struct impair again = impair_of("{\"impair\":{\"lossPpb\":500000000,\"seed\":1}}");
	struct impair other = impair_of("{\"impair\":{\"lossPpb\":500000000,\"seed\":2}}");
	unsigned int differ = 0, i;

	for (i = 0; i < 1000; i++) {
		bool lost = impair_next(&one).lost;

		check_equal("the same seed", lost, impair_next(&again).lost);
		differ += lost != impair_next(&other).lost;
	}
	check(differ > 400 && differ < 600, "another seed", 500, differ);
}

static void
test_refusals(void)
{
	struct impair_spec spec;

	check_problem("no object", "object", impair_read(&spec, json("{\"impair\":1}")));
	check_problem("too long", "delayNs", impair_read(&spec, json("{\"impair\":{\"delayNs\":1000000001}}")));
	check_problem("jitter beyond the delay", "jitterNs", impair_read(&spec, json("{\"impair\":{\"delayNs\":5,\"jitterNs\":6}}")));
	check_problem("more than all", "lossPpb", impair_read(&spec, json("{\"impair\":{\"lossPpb\":1000000001}}")));
	check_problem("seed", "32 bits", impair_read(&spec, json("{\"impair\":{\"seed\":4294967296}}")));
}

int
main(void)
{
	test_delay_line();
	test_shares(10000000);
	test_shares(100000000);
	test_shares(1000000000);
	test_delays();
	test_seeds();
	test_refusals();
	return checks_end("impairments");
}
