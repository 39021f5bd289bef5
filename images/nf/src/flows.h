/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FLOWS_H
#define NF_FLOWS_H

/*
 * Which flow a packet belongs to. The flow is a pure function of the packet's sequence number, so a receiver that is told the same flows knows how many
 * packets of each are among the first N of a trial without being told anything else.
 *
 * Round-robin takes the flows in turn. Uniform and Zipf choices repeat a table of picks: each flow is in it as often as its share of the table says
 * (to the next whole pick), in an order drawn by lot from the seed. Zipf: flow k (from 0) has a share in proportion to 1/(k+1)^skew; web requests have
 * a skew of 0.6 to 1 (Breslau et al., "Web Caching and Zipf-like Distributions", 1999).
 */
#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "pages.h"

#define FLOWS_MAX 1000000u
#define FLOWS_MAX_SKEW 10
/* Picks in a table: a power of two, at least four for each flow. */
#define FLOWS_TABLE_MIN (1u << 16)
#define FLOWS_TABLE_MAX (1u << 22)

/* How the flow of the next packet is chosen. */
enum flows_choice { FLOWS_ROUND_ROBIN, FLOWS_UNIFORM, FLOWS_ZIPF };

/* What tells flows apart. */
enum flows_vary { FLOWS_VARY_PORT, FLOWS_VARY_ADDRESS };

/* Flows as `start` asks for them. */
struct flows_spec {
	uint32_t count;
	enum flows_choice choice;
	double skew; /* of FLOWS_ZIPF only */
	enum flows_vary vary;
	uint64_t seed;
};

/* Flows with what it takes to choose among them. Zeroed: none yet. To be moved, not copied: it owns its table. */
struct flows {
	struct flows_spec spec;
	uint32_t mask;         /* one less than the picks in the table */
	const uint32_t *table; /* NULL: round-robin */
	struct pages pages;
};

/* The flow of the packet with this sequence number. */
static inline uint32_t
flows_of(const struct flows *flows, uint64_t sequence)
{
	return flows->table != NULL ? flows->table[sequence & flows->mask] : (uint32_t)(sequence % flows->spec.count);
}

/* One flow. */
#define FLOWS_SPEC_DEFAULT ((struct flows_spec){.count = 1, .choice = FLOWS_ROUND_ROBIN, .skew = 1, .vary = FLOWS_VARY_PORT, .seed = 1})

/* Reads the member `flows` of `start`; what is left out, or all of it, is as in FLOWS_SPEC_DEFAULT. Returns NULL, or what is wrong. */
const char *flows_read(struct json_value params, struct flows_spec *spec);
/* Whether two specifications choose alike. */
bool flows_alike(const struct flows_spec *a, const struct flows_spec *b);
/* Gets ready to choose; does nothing for flows that are ready for the same. Takes up to 0.2 s for a million flows. Returns NULL, or what is wrong. */
const char *flows_init(struct flows *flows, const struct flows_spec *spec);
/* Gives the memory back. */
void flows_free(struct flows *flows);

/* How many of the first `first_n` packets of a trial belong to a flow. Takes as long as flows_sent_each: for more than a few flows, take that. */
uint64_t flows_sent(const struct flows *flows, uint32_t flow, uint64_t first_n);
/* The same for every flow: `sent` has room for spec.count numbers. Takes some milliseconds for a million flows. */
void flows_sent_each(const struct flows *flows, uint64_t first_n, uint64_t *sent);

#endif
