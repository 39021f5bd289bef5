#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# DPDK's own test program, with the libraries that only it needs.
LD_LIBRARY_PATH=/usr/lib/corebed/testpmd/lib exec /usr/lib/corebed/testpmd/dpdk-testpmd "$@"
