/* SPDX-License-Identifier: Apache-2.0 */
/* What the receiver tells of a trial; docs/nf-control.md describes it. Read while the worker counts, figures may be a burst apart. */
#include "receiver.h"

/* Writes one [low, count] of a list. */
static void
put_pair(struct text *out, uint64_t low, uint64_t count)
{
	json_open(out, NULL, '[');
	json_number(out, NULL, low);
	json_number(out, NULL, count);
	json_close(out, ']');
}

/* Writes the order of the packets in the terms of RFC 4737. */
static void
put_reorder(struct text *out, const struct sequence *sequence)
{
	unsigned int i;

	json_open(out, "reorder", '{');
	json_number(out, "reordered", counter_get(&sequence->reordered));
	json_number(out, "maxExtent", counter_get(&sequence->max_extent));
	json_open(out, "extents", '[');
	for (i = 0; i < SEQUENCE_EXTENTS; i++)
		if (counter_get(&sequence->extents[i]) != 0)
			put_pair(out, 1ull << i, counter_get(&sequence->extents[i]));
	json_close(out, ']');
	json_number(out, "unknownExtent", counter_get(&sequence->beyond));
	json_open(out, "nReordered", '[');
	for (i = 0; i < SEQUENCE_DEGREES; i++)
		json_number(out, NULL, counter_get(&sequence->degrees[i]));
	json_close(out, ']');
	json_close(out, '}');
}

/* Writes how many frames there were of each size, and of each protocol. */
static void
put_frames(struct text *out, const struct receiver *receiver)
{
	static const char *const names[HEADERS_KINDS] = {"ipv4", "ipv6", "udp", "tcp", "arp", "vlan", "other"};
	const uint32_t plain_kinds = HEADERS_IPV4 | HEADERS_UDP;
	uint64_t plain = counter_get(&receiver->plain);
	unsigned int i;

	json_open(out, "sizes", '[');
	for (i = 0; i <= RECEIVER_MAX_SIZE; i++)
		if (counter_get(&receiver->sizes[i]) != 0)
			put_pair(out, i, counter_get(&receiver->sizes[i]));
	json_close(out, ']');
	json_open(out, "protocols", '{');
	for (i = 0; i < HEADERS_KINDS; i++)
		json_number(out, names[i], counter_get(&receiver->kinds[i]) + ((plain_kinds >> i & 1) != 0 ? plain : 0));
	json_close(out, '}');
}

void
receiver_put(const struct receiver *receiver, struct text *out)
{
	const struct sequence *sequence = &receiver->sequence;
	uint64_t received = counter_get(&receiver->received);
	uint64_t bytes = counter_get(&receiver->received_bytes);
	uint64_t next = counter_get(&receiver->next);
	uint64_t duplicates = counter_get(&sequence->duplicates);
	uint64_t distinct = received - duplicates;
	uint64_t lost = next > distinct ? next - distinct : 0;

	json_number(out, "received", received);
	json_number(out, "receivedBytes", bytes);
	json_number(out, "foreign", counter_get(&receiver->foreign));
	json_number(out, "foreignBytes", counter_get(&receiver->foreign_bytes));
	json_number(out, "stale", counter_get(&receiver->stale));
	json_number(out, "lost", lost);
	json_number(out, "reordered", counter_get(&sequence->reordered));
	json_number(out, "duplicates", duplicates);
	json_number(out, "firstTsc", counter_get(&receiver->first_tsc));
	json_number(out, "lastTsc", counter_get(&receiver->last_tsc));
	histogram_put(&receiver->latency, "latencyNs", out);
	histogram_put(&receiver->inter_arrival, "interArrivalNs", out);
	put_frames(out, receiver);
	put_reorder(out, sequence);
	flow_table_put(&receiver->flows, next,
		       &(struct flow_figures){
			       .packets = received,
			       .bytes = bytes,
			       .reordered = counter_get(&sequence->reordered),
			       .duplicates = duplicates,
		       },
		       out);
}
