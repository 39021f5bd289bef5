/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_PCAP_H
#define NF_PCAP_H

/*
 * A capture (libpcap's own format, with micro- or nanoseconds, in either byte order) whose frames are replayed. The whole file is in memory; its record
 * headers are put in the host's byte order when it is read, so replaying it is walking from record to record. Times are not heeded.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "pages.h"

#define PCAP_MAX_BYTES ((size_t)256 << 20)
#define PCAP_PATH_SIZE 1024
/* With the 4 bytes of FCS that a capture does not have, the largest frame that the generator sends. */
#define PCAP_MAX_FRAME 9014u
#define PCAP_MIN_FRAME 14u

/* What precedes each frame in the file. */
struct pcap_record {
	uint32_t seconds;
	uint32_t fraction;
	uint32_t captured; /* bytes that follow */
	uint32_t length;   /* bytes that the frame had */
};

struct pcap {
	struct pages pages;
	const uint8_t *first; /* record */
	const uint8_t *end;
	uint64_t frames;
	unsigned int longest; /* frame, in bytes without the FCS */
	/* What was read, to tell whether it is still the same. */
	char path[PCAP_PATH_SIZE];
	struct stat file;
};

/*
 * Reads a capture; does nothing if it holds the same file, unchanged. Returns NULL, or what is wrong: a text that stays good until the next call.
 */
const char *pcap_open(struct pcap *pcap, const char *path);
/* Whether `pcap` holds this file, as it is now. */
bool pcap_holds(const struct pcap *pcap, const char *path);
/* Gives the memory back. */
void pcap_close(struct pcap *pcap);

/* The length of the frame of a record. */
static inline uint32_t
pcap_length(const uint8_t *record)
{
	uint32_t length;

	memcpy(&length, record + offsetof(struct pcap_record, captured), sizeof(length));
	return length;
}

/* The frame of a record. */
static inline const uint8_t *
pcap_frame(const uint8_t *record)
{
	return record + sizeof(struct pcap_record);
}

/* The record after this one; after the last it is the first again. */
static inline const uint8_t *
pcap_next(const struct pcap *pcap, const uint8_t *record)
{
	const uint8_t *next = pcap_frame(record) + pcap_length(record);

	return next == pcap->end ? pcap->first : next;
}

#endif
