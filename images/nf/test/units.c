/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the parts of the NFs that compute against slow and plain versions of themselves, over made-up traffic: `make check` builds and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/headers.h"
#include "../src/histogram.h"
#include "../src/sequence.h"
#include "check.h"

#define LENGTH 400
#define ROUNDS 3000

/* Makes arrivals: some numbers lost, some moved back, some there twice. */
static unsigned int
make_arrivals(uint64_t *arrivals, unsigned int loss, unsigned int moves, unsigned int copies, unsigned int reach)
{
	unsigned int count = 0;
	uint64_t i;

	for (i = 0; i < LENGTH; i++)
		if (below(100) >= loss)
			arrivals[count++] = i;
	for (i = 0; i < moves && count > 1; i++) {
		unsigned int from = (unsigned int)below(count);
		unsigned int to = from + (unsigned int)below(reach);
		uint64_t moved = arrivals[from];

		to = to < count ? to : count - 1;
		memmove(&arrivals[from], &arrivals[from + 1], (to - from) * sizeof(*arrivals));
		arrivals[to] = moved;
	}
	for (i = 0; i < copies && count > 0; i++) {
		unsigned int from = (unsigned int)below(count);
		unsigned int to = from + 1 + (unsigned int)below(count - from);

		memmove(&arrivals[to + 1], &arrivals[to], (count - to) * sizeof(*arrivals));
		arrivals[to] = arrivals[from];
		count++;
	}
	return count;
}

/* The definitions of RFC 4737, word by word. */
static void
compare_with_definitions(const struct sequence *sequence, const uint64_t *arrivals, unsigned int count)
{
	static uint64_t distinct[2 * LENGTH];
	uint64_t highest = 0, duplicates = 0, reordered = 0, max_extent = 0;
	uint64_t extents[SEQUENCE_EXTENTS] = {0};
	uint64_t degrees[SEQUENCE_DEGREES] = {0};
	unsigned int length = 0, i, j, n;

	for (i = 0; i < count; i++) {
		for (j = 0; j < length && distinct[j] != arrivals[i]; j++)
			;
		if (j < length) {
			duplicates++;
			continue;
		}
		for (j = 0; j < length && distinct[j] < arrivals[i]; j++)
			;
		if (j < length) {
			uint64_t extent = length - j;

			reordered++;
			max_extent = extent > max_extent ? extent : max_extent;
			extents[63 - __builtin_clzll(extent)]++;
			for (n = 1; n <= SEQUENCE_DEGREES && n <= length && distinct[length - n] > arrivals[i]; n++)
				degrees[n - 1]++;
		}
		distinct[length++] = arrivals[i];
		highest = arrivals[i] + 1 > highest ? arrivals[i] + 1 : highest;
	}
	check_equal("next", highest, sequence->next);
	check_equal("missing", highest - length, sequence->missing);
	check_equal("duplicates", duplicates, counter_get(&sequence->duplicates));
	check_equal("reordered", reordered, counter_get(&sequence->reordered));
	check_equal("max extent", max_extent, counter_get(&sequence->max_extent));
	for (i = 0; i < SEQUENCE_EXTENTS; i++)
		check_equal("extent", extents[i], counter_get(&sequence->extents[i]));
	for (i = 0; i < SEQUENCE_DEGREES; i++)
		check_equal("n-reordering", degrees[i], counter_get(&sequence->degrees[i]));
}

/* Gives a number to a sequence as the receiver does. */
static void
follow(struct sequence *sequence, uint64_t number)
{
	if (number == sequence->next)
		sequence->next++;
	else
		sequence_surprise(sequence, number);
}

static void
test_sequence(void)
{
	static struct sequence sequence;
	static uint64_t arrivals[2 * LENGTH];
	unsigned int round, count, i;

	for (round = 0; round < ROUNDS; round++) {
		unsigned int loss = round % 3 == 0 ? 0 : (unsigned int)below(60);

		count = make_arrivals(arrivals, loss, (unsigned int)below(60), (unsigned int)below(20), 1 + (unsigned int)below(100));
		sequence_clear(&sequence);
		for (i = 0; i < count; i++)
			follow(&sequence, arrivals[i]);
		compare_with_definitions(&sequence, arrivals, count);
	}
}

/* More gaps than are remembered: nothing is lost count of, but the oldest late packets have no extent. */
static void
test_forgotten_gaps(void)
{
	static struct sequence sequence;
	uint64_t i;

	sequence_clear(&sequence);
	for (i = 1; i <= 2 * 2 * SEQUENCE_GAPS; i += 2)
		follow(&sequence, i);
	for (i = 0; i < 2 * 2 * SEQUENCE_GAPS; i += 2)
		follow(&sequence, i);
	check_equal("late after forgotten gaps", 2 * SEQUENCE_GAPS, counter_get(&sequence.reordered));
	check_equal("without an extent", SEQUENCE_GAPS, counter_get(&sequence.beyond));
	check_equal("nothing missing", 0, sequence.missing);
	check_equal("no duplicates", 0, counter_get(&sequence.duplicates));
	for (i = 3 * SEQUENCE_GAPS; i < 4 * SEQUENCE_GAPS; i++)
		follow(&sequence, i);
	check_equal("duplicates", SEQUENCE_GAPS, counter_get(&sequence.duplicates));
}

/* A bucket's edges are within 1 % of all that falls in it, and buckets are in order and without gaps. */
static void
test_histogram(void)
{
	unsigned int i;

	for (i = 0; i < 1000000; i++) {
		uint64_t value = below(1ull << (1 + below(HISTOGRAM_MAX_BITS)));
		unsigned int index = histogram_index(value);
		uint64_t low = histogram_low(index);
		uint64_t end = histogram_low(index + 1);

		check(low <= value && value < end, "the bucket of", value, low);
		check((end - 1 - low) * 100 < (low | 1), "a bucket as wide as", low, end);
	}
	check_equal("the last bucket", HISTOGRAM_BUCKETS - 1, histogram_index(UINT64_MAX));
}

/* Reads the headers of a frame given as hexadecimal digits. */
static struct headers
headers_of(const char *hex, uint32_t length)
{
	uint8_t *frame = malloc(length); /* exactly as long as it says, so that reading beyond is caught */
	struct headers headers;
	uint32_t i;

	for (i = 0; i < length; i++) {
		unsigned int byte = 0;

		if (2 * i + 1 < strlen(hex))
			sscanf(hex + 2 * i, "%2x", &byte);
		frame[i] = (uint8_t)byte;
	}
	headers = headers_read(frame, length);
	if (length >= 42 && headers_plain_udp(frame))
		check_equal("plain UDP has its payload at", 42, headers.payload);
	free(frame);
	return headers;
}

#define ADDRESSES "020000000002020000000001"

static void
test_headers(void)
{
	static const struct {
		const char *hex;
		uint32_t kinds, payload;
	} cases[] = {
		{ADDRESSES "0800" "4500002e00000000" "4011" "0000c6120001c6120002" "04000009001a0000", HEADERS_IPV4 | HEADERS_UDP, 42},
		{ADDRESSES "0800" "45b8002e00000000" "4011" "0000c6120001c6120002" "04000009001a0000", HEADERS_IPV4 | HEADERS_UDP, 42},
		{ADDRESSES "0800" "4500002e00000000" "4006" "0000c6120001c6120002" "0400000900000000000000005010", HEADERS_IPV4 | HEADERS_TCP, 54},
		{ADDRESSES "0800" "4500002e00002001" "4011" "0000c6120001c6120002" "04000009001a0000", HEADERS_IPV4, 0},
		{ADDRESSES "0800" "4500002e00000000" "4001" "0000c6120001c6120002" "0800000000000000", HEADERS_IPV4, 0},
		{ADDRESSES "0800" "4600002e00000000" "4011" "0000c6120001c612000201010101" "04000009001a0000", HEADERS_IPV4 | HEADERS_UDP, 46},
		{ADDRESSES "81000064" "0800" "4500002e00000000" "4011" "0000c6120001c6120002" "04000009001a0000", HEADERS_VLAN | HEADERS_IPV4 | HEADERS_UDP, 46},
		{ADDRESSES "88a80064" "81000064" "0800" "4500002e00000000" "4011" "0000c6120001c6120002", HEADERS_VLAN | HEADERS_IPV4 | HEADERS_UDP, 50},
		{ADDRESSES "86dd" "6000000000081140" "20010002000000000000000000000001" "20010002000000000000000000000002" "0400000900080000", HEADERS_IPV6 | HEADERS_UDP, 62},
		{ADDRESSES "81000064" "86dd" "6000000000080640" "20010002000000000000000000000001" "20010002000000000000000000000002" "0400000900000000000000005010",
		 HEADERS_VLAN | HEADERS_IPV6 | HEADERS_TCP, 78},
		{ADDRESSES "0806" "0001080006040001", HEADERS_ARP, 0},
		{ADDRESSES "88cc" "0207", HEADERS_OTHER, 0},
		{ADDRESSES "0800" "6500", HEADERS_OTHER, 0},
	};
	unsigned int i;
	uint32_t length;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct headers headers = headers_of(cases[i].hex, 100);

		check_equal(cases[i].hex, cases[i].kinds, headers.kinds);
		check_equal(cases[i].hex, cases[i].payload, headers.payload);
		/* Cut anywhere it is still some frame, and nothing beyond its end is read. */
		for (length = 1; length < 100; length++) {
			headers = headers_of(cases[i].hex, length);
			check(headers.payload <= length, "payload within", length, headers.payload);
		}
	}
}

int
main(void)
{
	test_sequence();
	test_forgotten_gaps();
	test_histogram();
	test_headers();
	if (failures != 0)
		fprintf(stderr, "%u checks failed\n", failures);
	else
		puts("units: all well");
	return failures != 0;
}
