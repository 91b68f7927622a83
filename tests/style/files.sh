# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which files the project consists of; a checkout without git counts as well.
# Expects the top directory to be the working directory.

ours() {
	find . \( -path ./.git -o -path ./build -o -name '__pycache__' \) -prune -o \
		-type f \( "${@:--true}" \) -print | sed 's|^\./||' |
		grep -vE '(^|/)(\.checkpatch-camelcase|\.tmp_versions)|\.(o|ko|mod|cmd|new)$' | sort
}

kernel_code() {
	ours -path './vsext/*.[ch]' -o -path './driver/hook/*.[ch]' -o -path './tests/ring/*.[ch]' \
		-o -path './tests/lab/*.[ch]' -o -path './tests/driver/*.[ch]'
}

c_code() { ours -name '*.[ch]'; }

# with_shebang REGEX SUFFIX-REGEX
with_shebang() {
	local file

	ours | while read -r file; do
		if [[ $file =~ $2 ]] || head -n 1 "$file" | grep -qaE "^#!.*$1"; then
			printf '%s\n' "$file"
		fi
	done
}

shell_code() { with_shebang '/(env )?(bash|sh|busybox sh)( |$)' '\.(sh|bash)$'; }

python_code() { with_shebang 'python3?( |$)' '\.py$'; }
