# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the driver scripts share: the table of NICs, and where kernels are found.

driver_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$driver_dir")
# The headers' makefile must not take over what the caller's make was given.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null || die "$1 is missing; install the package $2."
}

nic_names() {
	awk '!/^#/ && NF { print $1 }' "$driver_dir/nics"
}

# Sets nic_dir, nic_files and nic_beside.
nic_load() {
	local line
	line=$(awk -v nic="$1" '!/^#/ && $1 == nic { print $2, $3, $4 }' "$driver_dir/nics")
	[ -n "$line" ] ||
		die "NIC '$1' is unknown; known are $(nic_names | paste -sd' ')."
	read -r nic_dir nic_files nic_beside <<<"$line"
}

# Prints the directory of the running kernel's headers, or KDIR.
running_headers() {
	local dir=${KDIR:-/lib/modules/$(uname -r)/build}
	if [ -e "$dir/Makefile" ]; then
		realpath "$dir"
	elif [ -n "${KDIR-}" ]; then
		die "KDIR=$KDIR holds no kernel headers."
	elif [[ $(uname -v) == *Debian* ]]; then
		die "The headers of the running kernel are missing; install linux-headers-$(uname -r)."
	else
		die "The running kernel $(uname -r) is not Debian's and has no headers here; choose another with KVER= or KDIR=."
	fi
}

# generated HEADERS NAME: a string that the headers define, without the name of the distribution.
generated() {
	cat "$1"/include/generated/{utsrelease,compile,utsversion,package}.h 2>/dev/null |
		sed -n "s/^#define $2 \" *\(Debian \)\?\(.*\)\"/\2/p" | head -n 1
}

# Prints the tarball of the source package $1 in version $2; it may be downloaded to $3.
source_tarball() {
	local package=$1 version=$2 dir=$3 tar=/usr/src/$1.tar.xz
	if [ -e "$tar" ] &&
	   [ "$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)" = "$version" ]; then
		echo "$tar"
		return
	fi
	echo "Downloading $package $version" >&2
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$package=$version" >&2) ||
		die "The source of the running kernel, $package $version, is neither installed nor to be had from apt; run apt-get update, or boot the newest kernel."
	dpkg-deb -x "$dir/${package}_"*.deb "$dir/package"
	echo "$dir/package$tar"
}

# Prints a directory that holds drivers/net as the headers' package has it.
running_source() {
	local headers version series cache dir tar
	headers=$(running_headers) || exit 1
	series=$(kernel_series running)
	version=$(generated "$headers" LINUX_PACKAGE_ID)
	[ -n "$version" ] ||
		die "The headers in $headers are not Debian's, so the matching driver source is not known; choose another kernel with KVER=."
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/vsext/source
	dir=$cache/$version
	if [ ! -d "$dir" ]; then
		mkdir -p "$cache"
		unpacking=$(mktemp -d "$cache/.new.XXXXXX")
		trap 'rm -rf "$unpacking"' EXIT
		tar=$(source_tarball "linux-source-$series" "$version" "$unpacking") || exit 1
		mkdir "$unpacking/tree"
		tar -xJf "$tar" -C "$unpacking/tree" --strip-components=1 \
			"linux-source-$series/drivers/net" || die "$tar cannot be unpacked."
		mv -T "$unpacking/tree" "$dir"
	fi
	echo "$dir"
}

# kernel_dir KVER headers|source, in a subshell of its own
kernel_dir() {
	case $1 in
	running) (running_"$2") ;;
	*) "$top/tools/lab/kernel" "$1" "$2" ;;
	esac
}

# The name of the directory of stored patches: 6.1, 6.12 ...
kernel_series() {
	case $1 in
	running) generated "$(running_headers)" UTS_RELEASE | cut -d. -f1,2 ;;
	*) "$top/tools/lab/kernel" "$1" series ;;
	esac
}

# copy_source SOURCE DEST: the files of the loaded NIC, in the kernel's layout.
copy_source() {
	local dir
	[ -d "$1/$nic_dir" ] || die "The kernel source has no $nic_dir."
	for dir in "$nic_dir" "$nic_beside"; do
		[ "$dir" != - ] || continue
		mkdir -p "$2/$dir"
		if [ "$dir" = "$nic_dir" ] && [ "$nic_files" != '*' ]; then
			cp -p "$1/$dir/$nic_files" "$2/$dir/"
		else
			cp -pr "$1/$dir/." "$2/$dir/"
		fi
	done
}

# Every receive path of the tree in $1 goes through the hook, and there is one.
check_source() {
	local left
	find "$1" -name '*.[ch]' -exec grep -qE 'vsext_gro_(receive|frags)' {} + ||
		return 1
	left=$(find "$1" -name '*.[ch]' -exec "$driver_dir/unhooked" {} +) || {
		echo "$left" >&2
		return 1
	}
}

# What a patch changes, without the places.
changed_lines() {
	grep '^[-+]' "$1" | grep -vE '^(---|\+\+\+) '
}
