/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TEXT_H
#define NF_TEXT_H

/*
 * A growing text, and JSON written into it. Objects and arrays are opened and closed by hand; commas put themselves in. An allocation that fails ends the
 * process: these are a few kilobytes on the main lcore.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data;
	size_t length;
	size_t size;
};

/* Appends bytes as they are. */
void text_append(struct text *text, const char *data, size_t length);
/* Drops the first bytes. */
void text_consume(struct text *text, size_t length);
/* Gives the memory back. */
void text_free(struct text *text);

/* Opens an object or array ('{' or '['), as the value of `key` or, without one, as an array's element. */
void json_open(struct text *text, const char *key, char bracket);
/* Closes what was opened ('}' or ']'). */
void json_close(struct text *text, char bracket);
/* Writes a number. */
void json_number(struct text *text, const char *key, uint64_t value);
/* Writes a truth value. */
void json_bool(struct text *text, const char *key, bool value);
/* Writes a string, escaped. */
void json_string(struct text *text, const char *key, const char *value);
/* Writes text that is JSON already. */
void json_raw(struct text *text, const char *key, const char *value, size_t length);

#endif
