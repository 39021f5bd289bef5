#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# DPDK's own test program, with the libraries that only it needs. Its sockets are root's alone.
umask 077
LD_LIBRARY_PATH=/usr/lib/corebed/testpmd/lib exec /usr/lib/corebed/testpmd/dpdk-testpmd "$@"
