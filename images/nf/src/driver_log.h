/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_DRIVER_LOG_H
#define NF_DRIVER_LOG_H

/*
 * Which of its ways through a ring virtio-user has chosen. It takes a plainer one than was asked for without a word where something is missing, and has no call
 * that tells: only a line in its log does.
 */
#include "nf.h"

/* From here on what the driver logs is read, besides being shown as before. The ports' answers are to be put in `nf`. */
void driver_log_begin(struct nf *nf);
/* The log is as it was. */
void driver_log_end(void);

#endif
