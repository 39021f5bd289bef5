#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The generator against testpmd, both into the null driver on one CPU: null-pktgen.sh [CPU] [MAIN-CPU] [REPEATS] [SECONDS]
exec node "$(dirname "$0")/null-pktgen.mjs" "$@"
