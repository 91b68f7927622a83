# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How much slower the tests' kernel is than a stock one. What a test proves does not
# depend on it: rates and numbers of packets are divided by it, patience is multiplied.
# Set $kver first. SLOW=N in the environment says otherwise.

case ${kver-} in
debug) : "${SLOW:=6}" ;;
*) : "${SLOW:=1}" ;;
esac
export SLOW

# fewer N: packets, messages, or packets per second.
fewer() { echo $((($1 + SLOW - 1) / SLOW)); }

# longer N: seconds until something is given up.
longer() { echo $(($1 * SLOW)); }

# stretched N: seconds of traffic during commands, which take longer, too.
stretched() { echo $(($1 * (SLOW > 1 ? 3 : 1))); }
