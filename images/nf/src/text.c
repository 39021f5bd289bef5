/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void
text_append(struct text *text, const char *data, size_t length)
{
	if (length == 0)
		return;
	if (text->size - text->length < length) {
		size_t size = 2 * text->size + length + 256;
		char *grown = realloc(text->data, size);

		if (grown == NULL)
			abort();
		text->data = grown;
		text->size = size;
	}
	memcpy(text->data + text->length, data, length);
	text->length += length;
}

void
text_consume(struct text *text, size_t length)
{
	if (length == 0)
		return;
	text->length -= length;
	memmove(text->data, text->data + length, text->length);
}

void
text_free(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

/* Writes a string in quotes, escaping what JSON wants escaped. */
static void
append_quoted(struct text *text, const char *value)
{
	char escape[8];

	text_append(text, "\"", 1);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			text_append(text, escape, (size_t)snprintf(escape, sizeof(escape), "\\%c", c));
		else if (c < 0x20 || c >= 0x7f) /* Not UTF-8 aware: nothing that is written here needs it. */
			text_append(text, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
		else
			text_append(text, value, 1);
	}
	text_append(text, "\"", 1);
}

/* Starts a value: a comma where one is due, and the key. */
static void
append_key(struct text *text, const char *key)
{
	if (text->length > 0) {
		char last = text->data[text->length - 1];

		if (last != '{' && last != '[' && last != ':')
			text_append(text, ",", 1);
	}
	if (key != NULL) {
		append_quoted(text, key);
		text_append(text, ":", 1);
	}
}

void
json_open(struct text *text, const char *key, char bracket)
{
	append_key(text, key);
	text_append(text, &bracket, 1);
}

void
json_close(struct text *text, char bracket)
{
	text_append(text, &bracket, 1);
}

void
json_number(struct text *text, const char *key, uint64_t value)
{
	char digits[24];

	append_key(text, key);
	text_append(text, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

void
json_bool(struct text *text, const char *key, bool value)
{
	json_raw(text, key, value ? "true" : "false", value ? 4 : 5);
}

void
json_string(struct text *text, const char *key, const char *value)
{
	append_key(text, key);
	append_quoted(text, value);
}

void
json_raw(struct text *text, const char *key, const char *value, size_t length)
{
	append_key(text, key);
	text_append(text, value, length);
}
