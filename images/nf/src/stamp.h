/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAMP_H
#define NF_STAMP_H

/*
 * The stamp: what the generator writes right after the UDP or TCP header of every frame that it makes, and the receiver reads.
 *
 *	offset  size
 *	     0     2  magic
 *	     2     2  trial
 *	     4     6  sequence number, from 0 in every trial
 *	    10     3  number of the flow
 *	    13     5  low 40 bits of the TSC at the start of the burst that the packet was made in
 *
 * In an untagged frame of UDP over IPv4 it starts at offset 42, and so fits a "64 B" frame (a 60 B buffer) to the last byte. All fields are in the byte
 * order of the host: generator and receiver read the same TSC if they are on the same machine, and else have to know how far the two are apart. The fields share two words of 8 bytes: making a packet costs
 * two stores, checking one costs two loads. 40 bits of a 3 GHz TSC last six minutes, which no packet is under way.
 *
 * Every function here takes the address of the stamp, not of the frame.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STAMP_MAGIC 0xcb5e
#define STAMP_BYTES 18
/* Where it is in an untagged frame of UDP over IPv4 without options. */
#define STAMP_PLAIN_OFFSET 42
#define STAMP_SEQUENCE_BITS 48
#define STAMP_FLOW_BITS 24
#define STAMP_TSC_BITS 40
#define STAMP_TSC_MASK ((1ull << STAMP_TSC_BITS) - 1)

/* Loads 8 bytes at an address of any alignment. */
static inline uint64_t
stamp_load(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Sequence number and trial, as the first word has them. */
static inline uint64_t
stamp_make_word(uint16_t trial, uint64_t sequence)
{
	return sequence << 16 | trial;
}

/* TSC and flow, as the second word has them. */
static inline uint64_t
stamp_make_tsc_word(uint64_t tsc, uint32_t flow)
{
	return tsc << STAMP_FLOW_BITS | flow;
}

/* Writes the part that changes from packet to packet, given as its two words. */
static inline void
stamp_write(uint8_t *stamp, uint64_t word, uint64_t tsc_word)
{
	memcpy(stamp + 2, &word, sizeof(word));
	memcpy(stamp + 10, &tsc_word, sizeof(tsc_word));
}

/* Writes the magic, once for every buffer. */
static inline void
stamp_mark(uint8_t *stamp)
{
	const uint16_t magic = STAMP_MAGIC;

	memcpy(stamp, &magic, sizeof(magic));
}

/* Whether STAMP_BYTES bytes are a stamp. */
static inline bool
stamp_present(const uint8_t *stamp)
{
	uint16_t magic;

	memcpy(&magic, stamp, sizeof(magic));
	return magic == STAMP_MAGIC;
}

/* The sequence number, above 16 bits of trial. */
static inline uint64_t
stamp_word(const uint8_t *stamp)
{
	return stamp_load(stamp + 2);
}

/* The low 40 bits of the TSC at which the packet was made. */
static inline uint64_t
stamp_tsc(const uint8_t *stamp)
{
	return stamp_load(stamp + 10) >> STAMP_FLOW_BITS;
}

/* The number of the packet's flow. */
static inline uint32_t
stamp_flow(const uint8_t *stamp)
{
	return (uint32_t)stamp_load(stamp + 10) & ((1u << STAMP_FLOW_BITS) - 1);
}

/* Ticks from a stamp's TSC to `now`. */
static inline uint64_t
stamp_age(uint64_t now, uint64_t tsc)
{
	return (now - tsc) & STAMP_TSC_MASK;
}

#endif
