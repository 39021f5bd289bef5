/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "pcap.h"

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS 0xa1b23c4du
#define MAGIC_PCAPNG 0x0a0d0d0au
#define LINK_ETHERNET 1u
#define LINK_MASK 0xffffu
#define LINK_HAS_FCS (1u << 26)

/* What the file starts with. */
struct header {
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint32_t zone;
	uint32_t accuracy;
	uint32_t snap_length;
	uint32_t link;
};

static char problem_text[256];

/* Makes a text of what is wrong. */
static const char * __attribute__((format(printf, 1, 2)))
problem(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem_text, sizeof(problem_text), format, arguments);
	va_end(arguments);
	return problem_text;
}

/* Whether two looks at a file saw the same content. */
static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool
pcap_holds(const struct pcap *pcap, const char *path)
{
	struct stat file;

	return pcap->frames != 0 && strcmp(pcap->path, path) == 0 && stat(path, &file) == 0 && same_file(&file, &pcap->file);
}

void
pcap_close(struct pcap *pcap)
{
	pages_free(&pcap->pages);
	memset(pcap, 0, sizeof(*pcap));
}

/* Reads the whole file into memory. */
static const char *
read_file(struct pcap *pcap, int file)
{
	size_t size, done = 0;

	if (fstat(file, &pcap->file) != 0 || !S_ISREG(pcap->file.st_mode))
		return "pcap names no ordinary file";
	if ((uint64_t)pcap->file.st_size > PCAP_MAX_BYTES)
		return problem("the capture has %llu MiB; the most is %zu MiB", (unsigned long long)pcap->file.st_size >> 20, PCAP_MAX_BYTES >> 20);
	size = (size_t)pcap->file.st_size;
	if (!pages_get(&pcap->pages, size))
		return "there is no memory for the capture";
	while (done < size) {
		ssize_t got = read(file, (uint8_t *)pcap->pages.at + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return "the capture could not be read to its end";
		done += (size_t)got;
	}
	return NULL;
}

/* Checks the header; tells whether the file's numbers are in the other byte order. */
static const char *
check_header(const struct pcap *pcap, bool *swapped)
{
	struct header header;
	uint32_t link;

	if ((size_t)pcap->file.st_size < sizeof(header))
		return "the file is too short for a capture";
	memcpy(&header, pcap->pages.at, sizeof(header));
	if (header.magic == MAGIC_PCAPNG)
		return "the capture is in pcapng format; convert it: editcap -F pcap FROM TO";
	*swapped = header.magic != MAGIC_MICROSECONDS && header.magic != MAGIC_NANOSECONDS;
	if (*swapped && __builtin_bswap32(header.magic) != MAGIC_MICROSECONDS && __builtin_bswap32(header.magic) != MAGIC_NANOSECONDS)
		return "the file is no capture in pcap format";
	link = *swapped ? __builtin_bswap32(header.link) : header.link;
	if ((link & LINK_MASK) != LINK_ETHERNET)
		return problem("the capture's link type is %u; only Ethernet (1) can be replayed", link & LINK_MASK);
	if ((link & LINK_HAS_FCS) != 0)
		return "the capture's frames have their FCS, which no port here can send";
	return NULL;
}

/* Checks every record, and puts its lengths in the host's byte order. */
static const char *
check_records(struct pcap *pcap, bool swapped)
{
	uint8_t *at = (uint8_t *)pcap->pages.at + sizeof(struct header);
	uint8_t *end = (uint8_t *)pcap->pages.at + (size_t)pcap->file.st_size;

	pcap->first = at;
	pcap->end = end;
	while (at < end) {
		struct pcap_record record;
		unsigned long long number = pcap->frames + 1;

		if ((size_t)(end - at) < sizeof(record))
			return problem("the capture ends within frame %llu", number);
		memcpy(&record, at, sizeof(record));
		if (swapped) {
			record.captured = __builtin_bswap32(record.captured);
			record.length = __builtin_bswap32(record.length);
		}
		if (record.captured > (size_t)(end - at) - sizeof(record))
			return problem("the capture ends within frame %llu", number);
		if (record.captured < record.length)
			return problem("frame %llu of the capture has only %u of its %u bytes; capture with a longer snap length", number, record.captured,
				       record.length);
		if (record.captured < PCAP_MIN_FRAME || record.captured > PCAP_MAX_FRAME)
			return problem("frame %llu of the capture has %u bytes; from %u to %u can be sent", number, record.captured, PCAP_MIN_FRAME,
				       PCAP_MAX_FRAME);
		memcpy(at, &record, sizeof(record));
		at += sizeof(record) + record.captured;
		pcap->frames++;
		pcap->longest = record.captured > pcap->longest ? record.captured : pcap->longest;
	}
	return pcap->frames == 0 ? "the capture has no frame" : NULL;
}

const char *
pcap_open(struct pcap *pcap, const char *path)
{
	const char *wrong;
	bool swapped = false;
	int file;

	if (pcap_holds(pcap, path))
		return NULL;
	pcap_close(pcap);
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return problem("cannot open the capture: %s", strerror(errno));
	wrong = read_file(pcap, file);
	close(file);
	if (wrong == NULL)
		wrong = check_header(pcap, &swapped);
	if (wrong == NULL)
		wrong = check_records(pcap, swapped);
	if (wrong != NULL)
		pcap_close(pcap);
	else
		strcpy(pcap->path, path);
	return wrong;
}
