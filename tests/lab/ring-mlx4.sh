#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ring-mlx4.sh [KVER]: the patched mlx4_en receives, by its own poll function and
# page handling, from rings that need no card; through hook, rules and dispatch to
# sockets. PACKETS=1000000 for the long run.
#
# long
# lab: --nic none --timeout 900
# kernels: 6.1

nic=mlx4_en
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/ring.sh
. "$here/lib/ring.sh"
# shellcheck source-path=SCRIPTDIR source=lib/ring_cases.sh
. "$here/lib/ring_cases.sh"

set_up_ring
all_cases 'mlx4' 1500
jumbo_case 'mlx4, 9000 bytes' 9000
finish
