/* SPDX-License-Identifier: Apache-2.0 */
#include "driver_log.h"

#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#define VIRTIO_LOG "pmd.net.virtio.init"

static FILE *stream;

/* Takes "... virtio: using WAY Rx path on port 3" to pieces; whatever else the driver says has no such words. */
static void
read_line(struct nf *nf, const char *line)
{
	static const char begin[] = "virtio: using ";
	const char *way = strstr(line, begin);
	const char *end = way == NULL ? NULL : strstr(way, " path on port ");
	unsigned int i, id;
	char direction;
	size_t length;

	if (end == NULL || sscanf(end, " path on port %u", &id) != 1)
		return;
	way += sizeof(begin) - 1;
	/* The last word says which direction. */
	if (end - way < 4 || end[-3] != ' ')
		return;
	direction = end[-2];
	length = RTE_MIN((size_t)(end - 3 - way), sizeof(nf->ports[0].rx_path) - 1);
	for (i = 0; i < nf->args.port_count; i++) {
		char *to = direction == 'R' ? nf->ports[i].rx_path : nf->ports[i].tx_path;

		if (nf->ports[i].spec == NULL || nf->ports[i].id != id)
			continue;
		memcpy(to, way, length);
		to[length] = '\0';
	}
}

/* A message of any driver: what would not have been shown without us is not. */
static ssize_t
on_message(void *cookie, const char *message, size_t size)
{
	char line[256];
	size_t length = RTE_MIN(size, sizeof(line) - 1);

	memcpy(line, message, length);
	line[length] = '\0';
	read_line(cookie, line);
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_NOTICE)
		fwrite(message, 1, size, stderr);
	return (ssize_t)size;
}

void
driver_log_begin(struct nf *nf)
{
	stream = fopencookie(nf, "w", (cookie_io_functions_t){.write = on_message});
	if (stream == NULL)
		return;
	rte_openlog_stream(stream);
	rte_log_set_level_pattern(VIRTIO_LOG, RTE_LOG_INFO);
}

void
driver_log_end(void)
{
	if (stream == NULL)
		return;
	rte_log_set_level_pattern(VIRTIO_LOG, RTE_LOG_NOTICE);
	rte_openlog_stream(NULL);
	fclose(stream);
	stream = NULL;
}
