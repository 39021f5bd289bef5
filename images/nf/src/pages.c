/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/mman.h>

#include "pages.h"

/* Huge pages serve whole ones only; a smaller table is better off with small pages. */
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

void
pages_free(struct pages *pages)
{
	if (pages->at != NULL)
		munmap(pages->at, pages->bytes);
	pages->at = NULL;
	pages->bytes = 0;
}

bool
pages_get(struct pages *pages, size_t bytes)
{
	if (pages->bytes != bytes)
		pages_free(pages);
	if (bytes == 0)
		return true;
	if (pages->at == NULL) {
		void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			return false;
		/* Only advice: without huge pages the table is slower to walk, and as right. */
		if (bytes >= HUGE_PAGE_BYTES)
			madvise(at, bytes, MADV_HUGEPAGE);
		pages->at = at;
		pages->bytes = bytes;
	}
	memset(pages->at, 0, bytes);
	return true;
}
