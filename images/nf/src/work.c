/* SPDX-License-Identifier: Apache-2.0 */
#include "work.h"

const char *
work_prepare(struct work *work, struct json_value params)
{
	struct json_value object, value;
	uint64_t cycles = 0, bytes = 0;

	if (json_member(params, "work", &object)) {
		if (!json_is(object, '{'))
			return "work is an object";
		if (json_member(object, "cycles", &value) && !json_to_number(value, WORK_MAX_CYCLES, &cycles))
			return "work wants cycles from 0 to 10000000";
		if (json_member(object, "memoryBytes", &value) && !json_to_number(value, WORK_MAX_MEMORY_BYTES, &bytes))
			return "work wants memoryBytes from 0 to 268435456 (256 MiB)";
	}
	/* Whole lines. */
	bytes = (bytes + WORK_LINE_BYTES - 1) / WORK_LINE_BYTES * WORK_LINE_BYTES;
	if (pages_prepare(&work->pages, bytes) == NULL && bytes != 0)
		return "there is no memory for work";
	work->next_cycles = cycles;
	work->next_lines = bytes / WORK_LINE_BYTES;
	return NULL;
}

void
work_begin(struct work *work)
{
	work->memory = pages_begin(&work->pages);
	work->cycles = work->next_cycles;
	work->lines = work->next_lines;
}
