# SPDX-License-Identifier: GPL-2.0-or-later
#
# Package helpers for tests/setup and the fetch scripts beside this file.

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		echo "setup: need root to run: $* (become root or install sudo)" >&2
		return 1
	fi
}

# again COMMAND…: five times at most. Archives are away for moments, and change while one reads them.
again() {
	local try
	for try in 1 2 3 4; do
		! "$@" || return 0
		echo "setup: failed, once more in $((try * 10)) s: $*" >&2
		sleep $((try * 10))
	done
	"$@"
}

# available "a b": prints the first one that the archive has.
available() {
	local name
	for name in $1; do
		if [ -n "$(apt-cache policy "$name" 2>/dev/null | sed -n 's/^  Candidate: \([^(]\)/\1/p')" ]; then
			echo "$name"
			return 0
		fi
	done
	echo "setup: the archive has none of: $1 (is it a Debian 12 or 13 machine?)" >&2
	return 1
}

# archive_of SUITE: address of the archive this machine takes SUITE from.
archive_of() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $1" 2>/dev/null | head -n 1
}

# private_apt FOLDER [RELEASE [ARCHITECTURE]]: makes an apt of its own in FOLDER that knows RELEASE (bookworm without
# one) with its security and backports suites, and packages of a second ARCHITECTURE, from the archives this machine
# uses; prints the file to name in APT_CONFIG. The machine's own apt stays as it is.
private_apt() {
	local folder=$1 release=${2:-bookworm} second=${3:-} own main security suite
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
	main=$(archive_of "$own")
	if [ -z "$main" ]; then
		again as_root apt-get update -q >&2
		main=$(archive_of "$own")
	fi
	security=$(archive_of "$own-security")
	if [ -z "$main" ]; then
		echo "setup: no Debian archive in this machine's apt lists (run apt-get update)" >&2
		return 1
	fi
	mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,parts}
	: >"$folder/status"
	{
		for suite in "$release" "$release-updates" "$release-backports"; do
			echo "deb [signed-by=$keyring] $main $suite main"
		done
		[ -z "$security" ] || echo "deb [signed-by=$keyring] $security $release-security main"
	} >"$folder/sources.list"
	cat >"$folder/apt.conf" <<-CONF
		Dir::State "$folder/state";
		Dir::State::status "$folder/status";
		Dir::Cache "$folder/cache";
		Dir::Etc::sourcelist "$folder/sources.list";
		Dir::Etc::sourceparts "$folder/parts";
		Dir::Etc::preferencesparts "$folder/parts";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; ${second:+"\"$second\"; "}};
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	CONF
	echo "$folder/apt.conf"
}
