/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the reading of captures with files that are made here. `make check` builds and runs it. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../src/pcap.h"
#include "check.h"

/* A file that is written bit by bit. */
struct writer {
	FILE *file;
	bool swapped;
};

static void
put32(struct writer *writer, uint32_t value)
{
	value = writer->swapped ? __builtin_bswap32(value) : value;
	fwrite(&value, sizeof(value), 1, writer->file);
}

static void
put_header(struct writer *writer, uint32_t magic, uint32_t link)
{
	put32(writer, magic);
	put32(writer, writer->swapped ? 0x00020004u : 0x00040002u);
	put32(writer, 0);
	put32(writer, 0);
	put32(writer, 65535);
	put32(writer, link);
}

static void
put_frame(struct writer *writer, uint32_t captured, uint32_t length, uint8_t fill)
{
	put32(writer, 1);
	put32(writer, 2);
	put32(writer, captured);
	put32(writer, length);
	while (captured-- > 0)
		fputc(fill, writer->file);
}

static char capture_path[64];

/* Opens the file anew. */
static struct writer
rewrite(bool swapped)
{
	return (struct writer){.file = fopen(capture_path, "w"), .swapped = swapped};
}

static const char *
finish_and_open(struct writer *writer, struct pcap *pcap)
{
	fclose(writer->file);
	return pcap_open(pcap, capture_path);
}

/* A capture in one format: frames of 14, 100 and 9014 bytes, over and over. */
static void
check_capture(uint32_t magic, bool swapped)
{
	static const uint32_t lengths[] = {14, 100, 9014};
	struct writer writer = rewrite(swapped);
	struct pcap pcap = {0};
	const uint8_t *record;
	unsigned int i;

	put_header(&writer, magic, 1);
	for (i = 0; i < 3; i++)
		put_frame(&writer, lengths[i], lengths[i], (uint8_t)(i + 1));
	check_problem("", "", finish_and_open(&writer, &pcap) == NULL ? "" : NULL);
	check_equal("frames", 3, pcap.frames);
	check_equal("longest", 9014, pcap.longest);
	record = pcap.first;
	for (i = 0; i < 10; i++) {
		check_equal("length", lengths[i % 3], pcap_length(record));
		check_equal("first byte", i % 3 + 1, pcap_frame(record)[0]);
		check_equal("last byte", i % 3 + 1, pcap_frame(record)[lengths[i % 3] - 1]);
		record = pcap_next(&pcap, record);
	}
	check(pcap_holds(&pcap, capture_path), "the same file", 1, 0);
	pcap_close(&pcap);
}

/* A file that must be refused. */
static void
check_refused(const char *what, const char *part, uint32_t magic, uint32_t link, uint32_t captured, uint32_t length, long cut)
{
	struct writer writer = rewrite(false);
	struct pcap pcap = {0};

	put_header(&writer, magic, link);
	if (length != 0)
		put_frame(&writer, captured, length, 0);
	fflush(writer.file);
	if (cut > 0 && ftruncate(fileno(writer.file), ftell(writer.file) - cut) != 0)
		check(false, "cutting a file", 0, 1);
	check_problem(what, part, finish_and_open(&writer, &pcap));
	check(pcap.frames == 0 && pcap.pages.at == NULL, "nothing is kept of it", 0, pcap.frames);
}

static void
test_pcap(void)
{
	struct pcap pcap = {0};
	int file;

	snprintf(capture_path, sizeof(capture_path), "/tmp/corebed-captures-%d.pcap", (int)getpid());
	/* Not one that somebody else has put there. */
	file = open(capture_path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	check(file >= 0, "a temporary file", 1, 0);
	close(file);
	check_capture(0xa1b2c3d4, false);
	check_capture(0xa1b2c3d4, true);
	check_capture(0xa1b23c4d, false);
	check_capture(0xa1b23c4d, true);
	check_refused("pcapng", "pcapng", 0x0a0d0d0a, 1, 60, 60, 0);
	check_refused("no capture", "no capture", 0x12345678, 1, 60, 60, 0);
	check_refused("another link", "link type is 113", 0xa1b2c3d4, 113, 60, 60, 0);
	check_refused("with FCS", "FCS", 0xa1b2c3d4, 1u << 26 | 1, 60, 60, 0);
	check_refused("no frame", "no frame", 0xa1b2c3d4, 1, 0, 0, 0);
	check_refused("cut in a frame", "ends within frame 1", 0xa1b2c3d4, 1, 60, 60, 1);
	check_refused("cut in a record", "ends within frame 1", 0xa1b2c3d4, 1, 60, 60, 61);
	check_refused("cut in the header", "too short", 0xa1b2c3d4, 1, 0, 0, 1);
	check_refused("empty", "too short", 0xa1b2c3d4, 1, 0, 0, 24);
	check_refused("snapped", "only 60 of its 1000", 0xa1b2c3d4, 1, 60, 1000, 0);
	check_refused("tiny", "has 13 bytes", 0xa1b2c3d4, 1, 13, 13, 0);
	check_refused("huge", "has 9015 bytes", 0xa1b2c3d4, 1, 9015, 9015, 0);
	check_problem("no file", "No such file", pcap_open(&pcap, "/nonexistent/file"));
	check_problem("a directory", "no ordinary file", pcap_open(&pcap, "/tmp"));
}

/* CAPTURE_CASES in the environment asks for another number. */
#define USUAL_CASES "20000"
#define LARGEST_FUZZED 2048

/* Puts a number that is near a limit, or any, into a file that is to be broken. */
static void
break_it(uint8_t *bytes, size_t *length)
{
	static const uint32_t limits[] = {0, 1, 13, 14, 9014, 9015, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	uint32_t number = below(3) == 0 ? (uint32_t)below(1ull << 32) : limits[below(sizeof(limits) / sizeof(limits[0]))];
	size_t at = below(*length);

	switch (below(4)) {
	case 0:
		bytes[at] = (uint8_t)below(256);
		break;
	case 1:
		*length = at;
		break;
	default:
		/* Where a record's lengths are, more often than not. */
		at = below(2) == 0 ? 24 + 8 + 4 * below(2) : at;
		if (at + sizeof(number) <= *length)
			memcpy(bytes + at, &number, sizeof(number));
	}
}

/* Captures that are nearly right, by the thousand: each is refused, or can be walked through to its end. */
static void
fuzz_pcap(void)
{
	static uint8_t good[LARGEST_FUZZED], bytes[LARGEST_FUZZED];
	const char *asked = getenv("CAPTURE_CASES");
	const unsigned long cases = strtoul(asked == NULL ? USUAL_CASES : asked, NULL, 10);
	struct writer writer = rewrite(false);
	size_t length, broken;
	unsigned long i, kept = 0;

	put_header(&writer, 0xa1b2c3d4u, 1);
	for (i = 0; i < 8; i++)
		put_frame(&writer, 14 + 20 * (uint32_t)i, 14 + 20 * (uint32_t)i, (uint8_t)i);
	fclose(writer.file);
	writer.file = fopen(capture_path, "r");
	length = fread(good, 1, sizeof(good), writer.file);
	fclose(writer.file);
	for (i = 0; i < cases; i++) {
		struct pcap pcap = {0};
		unsigned int changes = 1 + (unsigned int)below(4);
		uint64_t frame, sum = 0;
		const uint8_t *record;

		memcpy(bytes, good, length);
		for (broken = length; changes > 0 && broken > 0; changes--)
			break_it(bytes, &broken);
		writer.file = fopen(capture_path, "w");
		fwrite(bytes, 1, broken, writer.file);
		if (finish_and_open(&writer, &pcap) != NULL) {
			check(pcap.frames == 0, "nothing is kept of what was refused", 0, pcap.frames);
			continue;
		}
		for (frame = 0, record = pcap.first; frame < pcap.frames; frame++, record = pcap_next(&pcap, record))
			sum += pcap_frame(record)[0] + pcap_frame(record)[pcap_length(record) - 1];
		check(record == pcap.first, "the end of what was taken", 0, sum);
		kept++;
		pcap_close(&pcap);
	}
	check(kept > 0 && kept < cases, "some are taken and some refused", cases / 2, kept);
	unlink(capture_path);
}

int
main(void)
{
	test_pcap();
	fuzz_pcap();
	return checks_end("captures");
}
