# SPDX-License-Identifier: GPL-2.0-or-later
"""The long tier: what is too long for a landing, in slices of 15 minutes at most, and docs/proof.md, the record of when
each slice has passed. Where they often are interrupted, short ones keep what has passed."""

import collections
import datetime
import itertools
import pathlib
import re
import subprocess

from vm.kernel import Kernel

from . import discover

TOP = pathlib.Path(__file__).resolve().parents[2]
PROOF = TOP / "docs/proof.md"
# Results of runs that were at one clean commit from beginning to end: lines of commit, program, passed, skipped.
RESULTS = TOP / "build/check-results"
# Sources of the module, and the modules of its tests.
MODULE = ("Kbuild", "kmod", "keybag", "tests/modules")
# A row that is older than this many commits of main proves too little about today's code: all that changed more than docs, and
# for slices of the kernel's own tests those that changed the module or these tests. A branch that is merged is one commit, as it
# lands as one, however small its own are.
MAX_AGE = 150
MAX_KERNEL_AGE = 20

HEADER = """# Proof

The long tier of the tests, slice by slice: when each has passed last. `make prove` runs the slices and writes the rows;
whoever ran it commits them. `tests/style/proof` fails when a row is more than 150 commits of main old, those to `docs` not counted;
for a slice of kselftest when it is more than 20 commits old that changed the module or these tests.
"""

# Minutes on two processors that do nothing else; tests, or planted faults, as ONLY takes them.
Slice = collections.namedtuple("Slice", "name kernel minutes tests debian", defaults=("12",))
SLICES = (
    Slice("style", "6.1", 6, "style/kernel style/arm64"),
    Slice("kill-places", "6.1", 7, "guest/keybagd-killed-all.sh"),
    Slice("device-key-tpm", "6.1", 4, "guest/device-key-tpm.sh guest/passcode-tpm.sh"),
    Slice("guess-table", "6.1", 4, "host/guess_limits.py"),
    Slice("export", "6.1", 4, "guest/keychain-export.sh"),
    Slice("keychain-call", "6.1", 5, "guest/keychain_call.py"),
    Slice("git-suite", "6.1", 4, "host/git_suite.py"),
    Slice("secret-transfer", "6.1", 4, "guest/secret_service_transfer.py"),
    Slice("secret-programs-chromium", "6.1", 6, "guest/secret_service_chromium.py"),
    Slice("secret-programs-seahorse", "6.1", 4, "guest/secret_service_seahorse.py"),
    Slice("agent-desktop", "6.1", 4, "guest/agent_desktop.py"),
    Slice("unit-credentials", "6.1", 6, "guest/keychain_unit_credentials_long.py"),
    Slice("ssh-agent", "6.1", 4, "guest/ssh_agent.py guest/ssh_agent_security_key.py guest/ssh_agent_trouble.py"),
    Slice("pkcs11", "6.1", 2, "guest/keychain_pkcs11.py"),
    Slice("programs-ram", "6.1", 2, "host/programs_ram.py"),
    Slice("peers-libsecret", "6.1", 15, "host/peers_libsecret.py"),
    Slice("peers-programs", "6.1", 6, "host/peers_programs.py"),
    Slice("peers-openssh", "6.1", 6, "host/peers_openssh.py"),
    Slice("packages", "6.1", 6, "host/deb.py"),
    Slice("debian13-packages", "trixie", 8, "host/deb.py", "13"),
    Slice("debian13-backports-packages", "trixie-backports", 8, "host/deb.py", "13"),
    Slice("power", "6.1", 8, "host/power_loss.py host/keychain_power.py host/keychain_replaced.py host/power_kexec.py "
          "host/power_clone.py"),
    Slice("backports-kselftest", "backports", 5, "tests/kselftest/*"),
    Slice("backports-guest", "backports", 12, "tests/guest/*"),
    Slice("debian13-kselftest", "trixie", 5, "tests/kselftest/*", "13"),
    Slice("debian13-daemons", "trixie", 12, "guest/keybagctl guest/keybagd-killed.sh guest/keybagd-files guest/keybagd-users "
          "guest/keybagd-strangers guest/keybagd-hibernate guest/guess guest/audit guest/containers guest/doctor guest/units "
          "guest/known guest/request guest/sealed", "13"),
    Slice("debian13-logins", "trixie", 12, "guest/pam- guest/agent guest/session", "13"),
    Slice("debian13-keychain", "trixie", 12, "guest/keychain guest/secret guest/ssh_agent", "13"),
    Slice("debian13-backports-kselftest-1", "trixie-backports", 4, "kselftest/[a-f]*", "13"),
    Slice("debian13-backports-kselftest-2", "trixie-backports", 4, "kselftest/[g-z]*", "13"),
    Slice("arm64-kselftest-1", "arm64", 8, "kselftest/[a-f]*"),
    Slice("arm64-kselftest-2", "arm64", 8, "kselftest/[g-z]*"),
    Slice("kasan-kselftest-1", "kasan", 8, "kselftest/[a-f]*"),
    Slice("kasan-kselftest-2", "kasan", 10, "kselftest/[g-z]*"),
    Slice("lockdep-kselftest-1", "lockdep", 8, "kselftest/[a-f]*"),
    Slice("lockdep-kselftest-2", "lockdep", 10, "kselftest/[g-z]*"),
    Slice("kasan-daemons", "kasan", 12, "guest/keybagd-users.sh guest/request-key.sh guest/keychain_access.py"),
    Slice("lockdep-users", "lockdep", 6, "guest/keybagd-users.sh"),
    Slice("lockdep-keychain", "lockdep", 6, "guest/request-key.sh guest/keychain_access.py"),
    Slice("faults-core", "6.1", 5, "faults/core-*"),
    Slice("faults-common", "6.1", 4, "faults/common-*"),
    Slice("faults-cli", "6.1", 6, "faults/cli-*"),
    Slice("faults-ios", "6.1", 4, "faults/ios-*"),
    *(Slice(f"faults-{where}-{letters}", "6.1", 7, f"faults/{where}-[{letters}]*")
      for where, parts in (("kmod", ("a-c", "d-k", "l-q", "r-z")), ("keybagd", ("a-d", "e-l", "m-q", "r-z")),
                           ("keychain", ("a-d", "e-l", "m-o", "p-z"))) for letters in parts),
    Slice("faults-pam", "6.1", 5, "faults/pam-*"),
    Slice("faults-secretservice", "6.1", 6, "faults/secretservice-*"),
    Slice("faults-sshagent", "6.1", 4, "faults/sshagent-*"),
)

Row = collections.namedtuple("Row", "slice kernel commit passed skipped date")


def git(*words):
    return subprocess.run(["git", *words], cwd=TOP, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def of_faults(one):
    """Its words name planted faults (tests/faults), not tests."""
    return one.tests.startswith("faults/")


def host_release():
    """Debian's number, as 12."""
    found = re.search(r'^VERSION_ID="?(\d+)', pathlib.Path("/etc/os-release").read_text(), re.M)
    return found.group(1) if found else "12"


def debian(release):
    """Environment for a run on that Debian: nothing on a host of that release."""
    return {} if release == host_release() else {"DEBIAN": release}


def prepare(release, kernel):
    """Fetches and makes what a run with that KERNEL on that Debian needs; a text if there is none to be had here."""
    if release == host_release() == "12" and kernel != "arm64":
        return None
    if release != "13" and release != host_release():
        return f"Debian {release} cannot be tried on a host of Debian {host_release()}"
    if kernel == "arm64":
        needed = ["tests/lib/in-arm64", "true"]
    elif release == host_release():
        needed = ["tests/lib/fetch-kernels", "debian13"]
    else:
        needed = ["tests/lib/in-debian13", "true"]
    failed = subprocess.run([TOP / needed[0], needed[1]], check=False).returncode
    return f"{needed[0]} failed" if failed else None


def rows():
    """The rows of docs/proof.md by slice."""
    return {cells[0]: Row(*cells) for cells in table(Row._fields) if cells[0] in {s.name for s in SLICES}}


def table(columns):
    """The rows of the table in docs/proof.md that has these COLUMNS, each a list of cells."""
    lines = PROOF.read_text().splitlines() if PROOF.exists() else []
    head = _line(columns)
    start = lines.index(head) + 2 if head in lines else len(lines)
    found = itertools.takewhile(lambda line: line.startswith("|"), lines[start:])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


def write_table(columns, cells, intro):
    """Writes that table; the rest of the file stays as it is. A new one stands at the end, below INTRO."""
    head = _line(columns) + "\n"
    text = PROOF.read_text() if PROOF.exists() else ""
    before, there, after = text.partition(head)
    if not there:
        before, after = f"{before}\n{intro}\n" if before else f"{intro}\n", ""
    after = re.sub(r"\A(?:\|.*\n)*", "", after)
    new = PROOF.with_suffix(".new")
    lines = [before, head, "|---" * len(columns) + "|\n", *[_line(row) + "\n" for row in cells], after]
    new.write_text("".join(lines))
    new.rename(PROOF)


def _line(cells):
    return f"| {' | '.join(cells)} |"


def clean_head():
    """The commit that the tree is at, or None if anything but the proof is changed."""
    changed_files = git("status", "--porcelain", "--", ".", ":!docs/proof.md")
    return None if changed_files else git("rev-parse", "--short=12", "HEAD")


def record(name, kernel, commit, passed, skipped):
    """Writes the row of a slice that has passed at COMMIT."""
    every = rows()
    every[name] = Row(name, kernel, commit, str(passed), str(skipped),
                      datetime.date.today().isoformat())
    write_table(Row._fields, [every[s.name] for s in SLICES if s.name in every], HEADER)


def keep(commit, programs):
    """Remembers the PROGRAMS (name, passed, skipped) of a run that passed at COMMIT."""
    RESULTS.parent.mkdir(exist_ok=True)
    with open(RESULTS, "a") as file:
        file.writelines(f"{commit} {name} {passed} {skipped}\n" for name, passed, skipped in programs)


def known(one, commit):
    """[passed, 0, skipped] of a slice whose programs have all passed at COMMIT, in a landing say; or None."""
    if debian(one.debian) or not RESULTS.exists():
        return None
    lines = [line.split() for line in RESULTS.read_text().splitlines()]
    results = {name: (int(passed), int(skipped)) for of, name, passed, skipped in lines if of == commit}
    wanted = [f"{test.name}@{one.kernel}" if suite in discover.IN_GUEST else test.name
              for suite in discover.SUITES for test in discover.matching(discover.find(suite), one.tests)
              if test.kernel in (None, one.kernel)]
    found = [results.get(name) for name in wanted]
    if not found or None in found:
        return None
    return [sum(passed for passed, _ in found), 0, sum(skipped for _, skipped in found)]


def age(commit, paths=(".",)):
    """Number of commits to PATHS that HEAD is ahead of it, a merge as one; None if it is not among HEAD's."""
    done = subprocess.run(["git", "merge-base", "--is-ancestor", commit, "HEAD"], cwd=TOP, stderr=subprocess.DEVNULL,
                          check=False)
    return int(git("rev-list", "--count", "--first-parent", f"{commit}..HEAD", "--", *paths)) if done.returncode == 0 else None


def of_kernel(one):
    """It runs nothing but the kernel's own tests."""
    return all(word.removeprefix("tests/").startswith("kselftest/") for word in one.tests.split())


def outdated(one, commit):
    """The age of the proof of a slice that passed at COMMIT, as a text, if it is too old; else None."""
    paths, limit = ((*MODULE, "tests/kselftest"), MAX_KERNEL_AGE) if of_kernel(one) else ((".", ":!docs"), MAX_AGE)
    commits = age(commit, paths)
    if commits is None:
        return f"{commit} is not an ancestor of HEAD"
    return f"{commits} commits ago, of at most {limit}" if commits > limit else None


def current(row):
    """Nothing but proofs has changed since its commit."""
    return age(row.commit) is not None and not git("diff", "--name-only", row.commit, "HEAD", "--", ".", ":!docs/proof.md")


def differs(commit, paths):
    """Whether something of the PATHS is not as it was at COMMIT: in a later commit, changed, or new and not added yet."""
    return bool(git("diff", "--name-only", commit, "--", *paths) or
                git("ls-files", "--others", "--exclude-standard", "--", *paths))


def changed(test):
    """Whether a long test, or something of the paths that it names, has changed since the slice that has it passed; so it
    has, too, as long as none did."""
    for one in SLICES:
        if test.name in one.tests.split() and not debian(one.debian):
            row = rows().get(one.name)
            return not row or age(row.commit) is None or differs(row.commit, [*(f"{path}*" for path in test.paths), test.path])
    return False


def proved_on(test, kernel):
    """Whether TEST has passed on that KERNEL, in the slice KERNEL-FOLDER, with the module as it is and in this very version.
    What tests share need not be as it was: the first kernel of a landing runs them all."""
    row = rows().get(f"{kernel}-{test.suite}")
    if test.every_kernel or not row or row.kernel != Kernel(kernel).version or age(row.commit) is None:
        return False
    return not differs(row.commit, [*MODULE, test.path])


def introduced(name):
    """The commit that added a slice to this file; None as long as it is not committed."""
    commits = git("log", "--format=%H", f"-S\"{name}\"", "--", "tests/lib/slices.py").split()
    return commits[-1] if commits else None
