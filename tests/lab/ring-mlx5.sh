#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ring-mlx5.sh [KVER]: the patched mlx5_core receives, by its own poll function,
# channels and page pools, from rings that need no card: here the striding queue (UMRs
# included), in ring-mlx5-legacy.sh the other one; through hook, rules and dispatch to
# sockets. PACKETS=1000000 for the long run.
#
# long
# lab: --nic none --timeout 900
# kernels: 6.12

nic=mlx5_core
few=50000
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/ring.sh
. "$here/lib/ring.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ring_cases.sh
. "$here/lib/ring_cases.sh"

set_up_ring
all_cases 'mlx5 striding' 1500 ring_striding=1
jumbo_case 'mlx5 striding, 9000 bytes' 9000 ring_striding=1
finish
