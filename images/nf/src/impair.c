/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "impair.h"

#define NS_PER_S 1000000000u

/* A number of 32 bits, each as likely as the others (xorshift64*, the high half). */
static uint64_t
draw(struct impair *impair)
{
	uint64_t x = impair->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	impair->random = x;
	return (x * 2685821657736338717u) >> 32;
}

/* True for this share of the draws. Nothing is drawn for a share of nothing, so that what is not asked for costs nothing. */
static bool
happens(struct impair *impair, uint64_t share)
{
	return share != 0 && draw(impair) * IMPAIR_PPB >> 32 < share;
}

/* Reads a number that may be left out; false when it is there and wrong. */
static bool
read_number(struct json_value object, const char *key, uint64_t max, uint64_t *number)
{
	struct json_value value;

	return !json_member(object, key, &value) || json_to_number(value, max, number);
}

const char *
impair_read(struct impair_spec *spec, struct json_value params)
{
	struct json_value object;

	memset(spec, 0, sizeof(*spec));
	if (!json_member(params, "impair", &object))
		return NULL;
	if (!json_is(object, '{'))
		return "impair is an object";
	if (!read_number(object, "delayNs", IMPAIR_MAX_DELAY_NS, &spec->delay_ns) || !read_number(object, "jitterNs", spec->delay_ns, &spec->jitter_ns))
		return "impair wants delayNs from 0 to 1000000000, and jitterNs of at most that";
	if (!read_number(object, "lossPpb", IMPAIR_PPB, &spec->loss) || !read_number(object, "duplicatePpb", IMPAIR_PPB, &spec->duplicate) ||
	    !read_number(object, "reorderPpb", IMPAIR_PPB, &spec->reorder))
		return "impair wants lossPpb, duplicatePpb and reorderPpb from 0 to 1000000000";
	if (!read_number(object, "seed", UINT32_MAX, &spec->seed))
		return "seed of impair has 32 bits";
	return NULL;
}

void
impair_begin(struct impair *impair, const struct impair_spec *spec, uint64_t hz)
{
	/* Delays are at most a second: no product leaves 64 bits. */
	const uint64_t jitter_ticks = spec->jitter_ns * hz / NS_PER_S;

	impair->spec = *spec;
	impair->least_ticks = spec->delay_ns * hz / NS_PER_S - jitter_ticks;
	impair->jitter_span = 2 * jitter_ticks + 1;
	/* The state of the generator must not be 0, and seeds close to each other must not give draws close to each other. */
	impair->random = (spec->seed + 1) * 0x9e3779b97f4a7c15u;
	(void)draw(impair);
}

struct impair_fate
impair_next(struct impair *impair)
{
	struct impair_fate fate = {0};

	fate.lost = happens(impair, impair->spec.loss);
	if (fate.lost)
		return fate;
	fate.twice = happens(impair, impair->spec.duplicate);
	fate.overtakes = happens(impair, impair->spec.reorder);
	if (!fate.overtakes)
		fate.ticks = impair->least_ticks;
	if (!fate.overtakes && impair->jitter_span > 1)
		/* 2^32 steps are finer than any clock's jitter of a second. */
		fate.ticks += (uint64_t)((unsigned __int128)draw(impair) * impair->jitter_span >> 32);
	return fate;
}
