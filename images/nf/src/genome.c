/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "genome.h"

#define MIN_BYTES 64u
#define MAX_BYTES 9018u

/* Adds a size, in its place in the order; returns NULL, or what is wrong. */
static const char *
add(struct genome *genome, unsigned int bytes, unsigned int weight)
{
	unsigned int at = 0;

	if (genome->cycle + weight > GENOME_MAX_CYCLE)
		return "the weights of frames add up to more than 1024";
	while (at < genome->count && genome->bytes[at] < bytes)
		at++;
	genome->cycle += weight;
	if (at < genome->count && genome->bytes[at] == bytes) {
		genome->weights[at] = (uint16_t)(genome->weights[at] + weight);
		return NULL;
	}
	if (genome->count == GENOME_MAX_SIZES)
		return "frames has more than 256 different sizes";
	memmove(&genome->bytes[at + 1], &genome->bytes[at], (genome->count - at) * sizeof(genome->bytes[0]));
	memmove(&genome->weights[at + 1], &genome->weights[at], (genome->count - at) * sizeof(genome->weights[0]));
	genome->bytes[at] = (uint16_t)bytes;
	genome->weights[at] = (uint16_t)weight;
	genome->count++;
	return NULL;
}

/* Divides all weights by what they have in common. */
static void
reduce(struct genome *genome)
{
	unsigned int common = 0;
	unsigned int i;

	for (i = 0; i < genome->count; i++) {
		unsigned int a = genome->weights[i];

		while (a != 0) {
			unsigned int rest = common % a;

			common = a;
			a = rest;
		}
	}
	for (i = 0; i < genome->count; i++)
		genome->weights[i] = (uint16_t)(genome->weights[i] / common);
	genome->cycle /= common;
}

/* Interleaves: each size earns its weight at every frame, and the one that has most to its credit is sent and pays the whole cycle. */
static void
interleave(struct genome *genome)
{
	int credit[GENOME_MAX_SIZES] = {0};
	unsigned int frame, i;

	for (frame = 0; frame < genome->cycle; frame++) {
		unsigned int best = 0;

		for (i = 0; i < genome->count; i++) {
			credit[i] += genome->weights[i];
			if (credit[i] > credit[best])
				best = i;
		}
		credit[best] -= (int)genome->cycle;
		genome->order[frame] = (uint8_t)best;
	}
}

const char *
genome_read(struct json_value params, struct genome *genome)
{
	const char *problem = NULL;
	struct json_value list, item, value;
	unsigned int i;

	memset(genome, 0, sizeof(*genome));
	if (!json_member(params, "frames", &list))
		add(genome, MIN_BYTES, 1);
	else if (!json_is(list, '['))
		return "frames is an array of {bytes, weight}";
	else
		for (i = 0; problem == NULL && json_element(list, i, &item); i++) {
			uint64_t bytes = 0;
			uint64_t weight = 1;

			if (!json_member(item, "bytes", &value) || !json_to_number(value, MAX_BYTES, &bytes) || bytes < MIN_BYTES)
				return "frames[].bytes is from 64 to 9018, with the FCS";
			if (json_member(item, "weight", &value) && (!json_to_number(value, GENOME_MAX_CYCLE, &weight) || weight == 0))
				return "frames[].weight is from 1 to 1024";
			problem = add(genome, (unsigned int)bytes, (unsigned int)weight);
		}
	if (problem != NULL)
		return problem;
	if (genome->count == 0)
		return "frames names no size";
	reduce(genome);
	interleave(genome);
	return NULL;
}
