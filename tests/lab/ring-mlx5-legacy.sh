#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ring-mlx5-legacy.sh [KVER]: as ring-mlx5.sh, by the legacy receive queue.
#
# long
# lab: --nic none --timeout 900
# kernels: none

nic=mlx5_core
few=50000
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/ring.sh
. "$here/lib/ring.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ring_cases.sh
. "$here/lib/ring_cases.sh"

set_up_ring
all_cases 'mlx5 legacy' 1500 ring_striding=0
jumbo_case 'mlx5 legacy, 9000 bytes' 9000 ring_striding=0
finish
