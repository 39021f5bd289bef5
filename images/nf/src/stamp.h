/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAMP_H
#define NF_STAMP_H

/*
 * The stamp: what the generator writes in the UDP payload of every frame, and the receiver reads.
 *
 *	offset  size
 *	    42     2  magic
 *	    44     2  trial
 *	    46     6  sequence number, from 0 in every trial
 *	    52     8  TSC at the start of the burst that the packet was made in
 *
 * It starts right after the UDP header and so fits a "64 B" frame (a 60 B buffer) to the last byte. All fields are in the byte order of the host:
 * generator and receiver read the same TSC, so they are on the same machine. Trial and sequence number share one aligned 8-byte word: making a packet
 * costs two stores, checking one costs two loads.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STAMP_MAGIC 0xcb5e
#define STAMP_OFFSET 42
#define STAMP_WORD_OFFSET (STAMP_OFFSET + 2)
#define STAMP_TSC_OFFSET (STAMP_OFFSET + 10)
#define STAMP_END (STAMP_OFFSET + 18)
#define STAMP_SEQUENCE_BITS 48

/* Loads 8 bytes at an address of any alignment. */
static inline uint64_t
stamp_load(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Writes the part that changes from packet to packet. */
static inline void
stamp_write(uint8_t *frame, uint16_t trial, uint64_t sequence, uint64_t tsc)
{
	uint64_t word = sequence << 16 | trial;

	memcpy(frame + STAMP_WORD_OFFSET, &word, sizeof(word));
	memcpy(frame + STAMP_TSC_OFFSET, &tsc, sizeof(tsc));
}

/* Writes the magic, once for every buffer. */
static inline void
stamp_mark(uint8_t *frame)
{
	const uint16_t magic = STAMP_MAGIC;

	memcpy(frame + STAMP_OFFSET, &magic, sizeof(magic));
}

/* Whether a frame that is long enough carries a stamp. */
static inline bool
stamp_present(const uint8_t *frame)
{
	uint16_t magic;

	memcpy(&magic, frame + STAMP_OFFSET, sizeof(magic));
	return magic == STAMP_MAGIC;
}

#endif
