#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ring-mlx5.sh [KVER [legacy|striding]]: the patched mlx5_core receives, by its own poll
# function, channels and page pools, from rings that need no card: the legacy queue and the
# striding one (UMRs included); through hook, rules and dispatch to sockets.
# PACKETS=1000000 for the long run, of each.
#
# lab: --nic none --timeout 900
# kernels: 6.12
# kernels of check-all: 6.1 6.12

nic=mlx5_core
few=50000
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/ring.sh
. "$here/lib/ring.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ring_cases.sh
. "$here/lib/ring_cases.sh"

set_up_ring
for queue in ${2:-legacy striding}; do
	striding=$([ "$queue" = striding ] && echo 1 || echo 0)
	all_cases "mlx5 $queue" 1500 "ring_striding=$striding"
	jumbo_case "mlx5 $queue, 9000 bytes" 9000 "ring_striding=$striding"
done
finish
