# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What is asked of vsextctl. Who sources this has set $top, $ctl (the program) and
# $error (a file), and stands in a directory of its own.

vsextctl() { "$ctl" "$@"; }
load() { insmod "$top/build/$1.ko"; }
same() { diff "$1" "$2"; }

# prints TEXT COMMAND...: exactly that.
prints() {
	local text=$1 output
	shift
	output=$("$@") || { echo "exit $?"; return 1; }
	[ "$output" = "$text" ] || { printf 'printed: %s\n' "$output"; return 1; }
}

# has REGEX COMMAND...: a line of the output matches.
has() {
	local regex=$1 output
	shift
	output=$("$@") || { echo "exit $?"; return 1; }
	grep -qE -- "$regex" <<<"$output" || { printf 'printed: %s\n' "$output"; return 1; }
}

# refused CODE REGEX WORD...: vsextctl WORD... ends with CODE, says what matches
# in its first line, and nothing was changed.
refused() {
	local want=$1 regex=$2 code=0
	shift 2
	vsextctl save >before || return
	vsextctl "$@" >output 2>"$error" || code=$?
	vsextctl save >after || return
	cat "$error"
	[ "$code" = "$want" ] || { echo "exit $code"; return 1; }
	head -n 1 "$error" | grep -qE -- "$regex" && same before after && [ ! -s output ]
}

# pointed CARETS WORD...: as refused, and the line of carets is this one.
pointed() {
	local carets=$1
	shift
	refused "$@" && grep -qxF -- "$carets" "$error"
}

json() { "$ctl" -j "$@" | python3 -m json.tool >/dev/null; }

# counts N COMMAND...: lines of output.
counts() {
	local want=$1 lines
	shift
	lines=$("$@" | wc -l)
	[ "$lines" = "$want" ] || { echo "$lines lines"; return 1; }
}

as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
