/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "flows.h"

/* The next of a row of random numbers (splitmix64: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", 2014). */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* A random number below `end`; all are as likely but for one part in 2^32. */
static uint32_t
random_below(uint64_t *state, uint32_t end)
{
	return (uint32_t)((next_random(state) >> 32) * end >> 32);
}

/* A flow's weight. */
static double
weight_of(const struct flows_spec *spec, uint32_t flow)
{
	double rank = flow + 1.0;

	if (spec->choice != FLOWS_ZIPF)
		return 1;
	return spec->skew == 1 ? 1 / rank : pow(rank, -spec->skew);
}

/* How many picks a table has. */
static uint32_t
table_size(const struct flows_spec *spec)
{
	uint32_t size = FLOWS_TABLE_MIN;

	while (size < FLOWS_TABLE_MAX && size < 4 * spec->count)
		size *= 2;
	return size;
}

/* Gives every flow its share of the picks: pick i goes to the flow in which the share (i + 1/2) / size of all weights lies. */
static void
deal(uint32_t *table, uint32_t size, const struct flows_spec *spec)
{
	double total = 0;
	double upto;
	uint32_t flow = 0;
	uint32_t i;

	for (i = 0; i < spec->count; i++)
		total += weight_of(spec, i);
	upto = weight_of(spec, 0);
	for (i = 0; i < size; i++) {
		double at = (i + 0.5) / size * total;

		while (at >= upto && flow + 1 < spec->count)
			upto += weight_of(spec, ++flow);
		table[i] = flow;
	}
}

/* Puts the picks in a random order (Fisher & Yates). */
static void
shuffle(uint32_t *table, uint32_t size, uint64_t seed)
{
	uint32_t i;

	for (i = size - 1; i > 0; i--) {
		uint32_t j = random_below(&seed, i + 1);
		uint32_t pick = table[i];

		table[i] = table[j];
		table[j] = pick;
	}
}

bool
flows_alike(const struct flows_spec *a, const struct flows_spec *b)
{
	return a->count == b->count && a->choice == b->choice && a->skew == b->skew && a->vary == b->vary && a->seed == b->seed;
}

const char *
flows_init(struct flows *flows, const struct flows_spec *spec)
{
	uint32_t size = table_size(spec);
	uint32_t *table;

	if (flows->spec.count != 0 && flows_alike(&flows->spec, spec))
		return NULL;
	flows->table = NULL;
	flows->spec = *spec;
	if (spec->choice == FLOWS_ROUND_ROBIN || spec->count == 1) {
		pages_free(&flows->pages);
		return NULL;
	}
	if (!pages_get(&flows->pages, size * sizeof(*table))) {
		flows->spec.count = 0;
		return "there is no memory to choose among so many flows";
	}
	table = flows->pages.at;
	deal(table, size, spec);
	shuffle(table, size, spec->seed);
	flows->mask = size - 1;
	flows->table = table;
	return NULL;
}

void
flows_free(struct flows *flows)
{
	pages_free(&flows->pages);
	memset(flows, 0, sizeof(*flows));
}

uint64_t
flows_sent(const struct flows *flows, uint32_t flow, uint64_t first_n)
{
	uint64_t size = (uint64_t)flows->mask + 1;
	uint64_t in_table = 0, in_rest = 0, i;

	if (flows->table == NULL)
		return first_n / flows->spec.count + (flow < first_n % flows->spec.count);
	for (i = 0; i < size; i++) {
		in_table += flows->table[i] == flow;
		in_rest += flows->table[i] == flow && i < first_n % size;
	}
	return first_n / size * in_table + in_rest;
}

void
flows_sent_each(const struct flows *flows, uint64_t first_n, uint64_t *sent)
{
	uint64_t size = (uint64_t)flows->mask + 1;
	uint64_t i;

	if (flows->table == NULL) {
		for (i = 0; i < flows->spec.count; i++)
			sent[i] = flows_sent(flows, (uint32_t)i, first_n);
		return;
	}
	memset(sent, 0, flows->spec.count * sizeof(*sent));
	for (i = 0; i < size; i++)
		sent[flows->table[i]] += first_n / size + (i < first_n % size);
}

/* One of some words. */
static bool
read_word(struct json_value object, const char *key, const char *const *words, unsigned int count, unsigned int *index)
{
	struct json_value value;
	char word[16];

	if (!json_member(object, key, &value))
		return true;
	if (!json_to_string(value, word, sizeof(word)))
		return false;
	for (*index = 0; *index < count; ++*index)
		if (strcmp(words[*index], word) == 0)
			return true;
	return false;
}

const char *
flows_read(struct json_value params, struct flows_spec *spec)
{
	static const char *const choices[] = {"round-robin", "uniform", "zipf"};
	static const char *const fields[] = {"port", "address"};
	struct json_value object, value;
	unsigned int choice = FLOWS_ROUND_ROBIN, vary = FLOWS_VARY_PORT;
	uint64_t count = 1;

	*spec = FLOWS_SPEC_DEFAULT;
	if (!json_member(params, "flows", &object))
		return NULL;
	if (!json_is(object, '{'))
		return "flows is an object with count, choice, skew, vary and seed";
	if (json_member(object, "count", &value) && (!json_to_number(value, FLOWS_MAX, &count) || count == 0))
		return "flows.count is from 1 to 1000000";
	if (!read_word(object, "choice", choices, 3, &choice))
		return "flows.choice is round-robin, uniform or zipf";
	if (!read_word(object, "vary", fields, 2, &vary))
		return "flows.vary is port or address";
	if (json_member(object, "skew", &value) && (!json_to_real(value, &spec->skew) || !(spec->skew <= FLOWS_MAX_SKEW)))
		return "flows.skew is a number from 0 to 10";
	if (json_member(object, "seed", &value) && !json_to_number(value, UINT32_MAX, &spec->seed))
		return "flows.seed is a whole number of 32 bits";
	spec->count = (uint32_t)count;
	spec->choice = (enum flows_choice)choice;
	spec->vary = (enum flows_vary)vary;
	return NULL;
}
