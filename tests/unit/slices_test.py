#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The record of the long tier: what counts as proved, and when a long test runs at a landing."""

import os
import pathlib
import subprocess
import sys
import tempfile
import types

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import discover, faults, slices, tap  # noqa: E402

slices.TOP = pathlib.Path(tempfile.mkdtemp())
slices.PROOF = slices.TOP / "docs/proof.md"
slices.RESULTS = slices.TOP / "build/check-results"
faults.FOLDER = slices.TOP / "faults"
SLICE = slices.SLICES[0]
LONG = types.SimpleNamespace(name=SLICE.tests.split()[0], paths=["store", "docs/man/"], path="tests/guest/long.sh")


def git(*words):
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *words], cwd=slices.TOP,
                   stdout=subprocess.DEVNULL, check=True)


def commit(name, text):
    """Returns the new commit."""
    file = slices.TOP / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    git("add", "-A")
    git("commit", "-qm", name)
    return slices.clean_head()


def test_record():
    """a row is written and read; those of other slices stay"""
    one, two = slices.SLICES[0].name, slices.SLICES[1].name
    head = commit("other.c", "1")
    slices.record(one, "6.1.0", head, 7, 1)
    slices.record(two, "6.1.0", head, 8, 0)
    slices.record(one, "6.1.1", head, 9, 0)
    rows = slices.rows()
    tap.equal((rows[one].kernel, rows[one].passed), ("6.1.1", "9"))
    tap.equal((rows[two].passed, rows[two].skipped), ("8", "0"))


def test_words():
    """each word of a slice names a test, as a part of its name or as a glob for it, and other words none"""
    words = [word for one in slices.SLICES if not slices.of_faults(one) for word in one.tests.split()]
    tap.equal(discover.unknown(" ".join(words)), [], "words of slices without a test")
    tap.equal(discover.unknown("unit/* tests/unit/* slices_test unit/slices_tset host"), ["unit/slices_tset"], "unknown words")
    names = [test.name for test in discover.matching(discover.find("unit", built=False), "unit/slices_*")]
    tap.equal(names, ["unit/slices_test.py"], "what the glob names")


def test_other_tables():
    """the table of one tool leaves the rest of the file as it is"""
    one = slices.SLICES[0].name
    slices.write_table(("Debian", "builds"), [["12", "yes"]], "What it is about.\n")
    with open(slices.PROOF, "a") as file:
        file.write("\n| other | table |\n|---|---|\n| a | b |\n")
    before = slices.PROOF.read_text()
    tap.equal(slices.table(("Debian", "builds")), [["12", "yes"]])
    slices.record(one, "6.1.2", slices.clean_head(), 9, 0)
    slices.write_table(("Debian", "builds"), [["12", "no"], ["13", "yes"]], "")
    tap.equal(slices.rows()[one].kernel, "6.1.2")
    after = slices.PROOF.read_text()
    tap.equal([line for line in after.splitlines() if one not in line and line not in ("| 12 | no |", "| 13 | yes |")],
              [line for line in before.splitlines() if one not in line and line != "| 12 | yes |"], "the rest")
    slices.record(one, "6.1.1", slices.clean_head(), 9, 0)


def test_without_row():
    """a long test whose slice has never passed runs at a landing"""
    slices.PROOF.unlink()
    tap.ok(slices.changed(LONG))


def test_changed():
    """it runs again when what it names has changed, committed or not, and for nothing else"""
    slices.record(SLICE.name, "6.1.0", commit("store.c", "1"), 1, 0)
    commit("other.c", "2")
    tap.ok(not slices.changed(LONG), "another file: that it is left out")
    (slices.TOP / "store.c").write_text("changed")
    tap.ok(slices.changed(LONG), "a change that is not committed: that it runs")
    commit("store.c", "2")
    tap.ok(slices.changed(LONG), "a change: that it runs")
    slices.record(SLICE.name, "6.1.0", slices.clean_head(), 1, 0)
    commit("docs/man/page.1", "new")
    tap.ok(slices.changed(LONG), "a new file in a folder: that it runs")
    slices.record(SLICE.name, "6.1.0", slices.clean_head(), 1, 0)
    tap.ok(not slices.changed(LONG))
    (slices.TOP / "store-more.c").write_text("not added")
    tap.ok(slices.changed(LONG), "a file that is not added: that it runs")
    slices.record(SLICE.name, "6.1.0", commit(LONG.path, "1"), 1, 0)
    tap.ok(not slices.changed(LONG))
    commit(LONG.path, "2")
    tap.ok(slices.changed(LONG), "the test itself: that it runs")


def test_proved_on():
    """on the second kernel a test has been proved until it, the module or the kernel changes"""
    kernels = {"backports": types.SimpleNamespace(version="6.12.1")}
    slices.Kernel = kernels.get
    test = types.SimpleNamespace(suite="guest", path="tests/guest/a.py", every_kernel=False)
    tap.ok(not slices.proved_on(test, "backports"), "without a row")
    commit("kmod/lock.c", "1")
    slices.record("backports-guest", "6.12.1", commit(test.path, "1"), 5, 0)
    tap.ok(slices.proved_on(test, "backports"))
    tap.ok(not slices.proved_on(types.SimpleNamespace(suite="kselftest", path="tests/kselftest/a.c", every_kernel=False), "backports"))
    test.every_kernel = True
    tap.ok(not slices.proved_on(test, "backports"), "one that always runs")
    test.every_kernel = False
    kernels["backports"].version = "6.12.2"
    tap.ok(not slices.proved_on(test, "backports"), "another kernel")
    kernels["backports"].version = "6.12.1"
    commit("helper/other.c", "1")
    commit("tests/guest/b.py", "1")
    tap.ok(slices.proved_on(test, "backports"), "after other changes")
    (slices.TOP / test.path).write_text("2")
    tap.ok(not slices.proved_on(test, "backports"), "changed, and not committed")
    (slices.TOP / test.path).write_text("1")
    (slices.TOP / "kmod/new.c").write_text("not added")
    tap.ok(not slices.proved_on(test, "backports"), "with a new file of the module")
    (slices.TOP / "kmod/new.c").unlink()
    tap.ok(slices.proved_on(test, "backports"))
    commit("kmod/lock.c", "2")
    tap.ok(not slices.proved_on(test, "backports"), "with another module")


def test_current():
    """a row is current until something but the record has changed"""
    row = slices.Row(SLICE.name, "6.1.0", commit("other.c", "3"), "1", "0", "2026-01-01")
    commit("docs/proof.md", "rows")
    tap.ok(slices.current(row) and slices.age(row.commit) == 1)
    commit("other.c", "4")
    tap.ok(not slices.current(row) and slices.age(row.commit) == 2)
    tap.ok(not slices.current(row._replace(commit="0" * 12)), "a commit that is not there: that it is not current")


def test_outdated():
    """a row is too old after so many commits to what its slice tests, and to nothing else"""
    slices.MAX_AGE, slices.MAX_KERNEL_AGE = 2, 1
    row = slices.clean_head()
    kernel, other = slices.Slice("k", "kasan", 1, "tests/kselftest/* kselftest/[a-f]*"), slices.Slice("o", "6.1", 1, "kselftest/* guest/a")
    for number in range(3):
        commit("docs/page.md", str(number))
    commit("helper/a.c", "1")
    commit("kmod/a.c", "1")
    tap.equal((slices.outdated(kernel, row), slices.outdated(other, row)), (None, None))
    commit("helper/a.c", "2")
    tap.equal((slices.outdated(kernel, row), slices.outdated(other, row)), (None, "3 commits ago, of at most 2"))
    commit("tests/kselftest/a_test.c", "1")
    tap.equal(slices.outdated(kernel, row), "2 commits ago, of at most 1")
    tap.contains(slices.outdated(kernel, "0" * 12), "not an ancestor")


def test_merged():
    """a branch that is merged makes a row one commit older, however many it has"""
    main, before = slices.clean_head(), slices.age(slices.clean_head())
    git("checkout", "-qb", "branch")
    for number in range(3):
        commit("helper/branch.c", str(number))
    git("checkout", "-q", "-")
    on_main = commit("helper/main.c", "1")
    git("merge", "-q", "--no-edit", "branch")
    tap.equal((before, slices.age(main), slices.age(on_main)), (0, 2, 1))


def test_known():
    """tests that a landing has run at a commit need not be run again for the proof of that commit"""
    one = slices.Slice("x", "6.1", 1, "unit/slices_test.py style/proof")
    head = commit("other.c", "6")
    slices.keep(head, [("unit/slices_test.py", 3, 1)])
    tap.equal(slices.known(one, head), None, "one of two")
    slices.keep(head, [("style/proof", 2, 0)])
    tap.equal(slices.known(one, head), [5, 0, 1])
    tap.equal(slices.known(one, "0" * 12), None, "another commit")


PATCH = """A lock | leaves all keys.
Caught by: unit/state_test.c%s

--- a/kmod/lock.c
+++ b/kmod/lock.c
@@ -1 +1 @@
-wipe
+keep
"""


def test_faults():
    """a fault's row is written and read beside those of slices, and goes with its fault"""
    for name, kernel in (("kmod-lock", ""), ("kmod-more", " backports")):
        commit(f"faults/{name}.patch", PATCH % kernel)
    one, other = faults.find()
    tap.equal((one.sentence, one.files, one.test, one.kernel, other.kernel),
              ("A lock | leaves all keys.", ["kmod/lock.c"], "unit/state_test.c", "6.1", "backports"))
    tap.equal([fault.name for fault in faults.find("faults/*-more")], ["kmod-more"])
    tap.ok(faults.landing_test(one) and not faults.landing_test(one._replace(test="unit/none.c")), "a test that there is")
    head = commit("other.c", "7")
    slices.record(SLICE.name, "6.1.0", head, 1, 0)
    faults.record(one, "keys are gone", head)
    faults.record(other, "keys | are gone", head)
    slices.record(SLICE.name, "6.1.0", head, 2, 0)
    tap.equal(slices.rows()[SLICE.name].passed, "2")
    tap.equal((faults.rows()["kmod-lock"].test, faults.rows()["kmod-more"].test),
              ("unit/state_test.c: keys are gone", "unit/state_test.c: keys / are gone"))
    tap.ok(faults.current(one), "at its commit: that it is current")
    (faults.FOLDER / "kmod-more.patch").unlink()
    faults.record(one, "keys are gone", commit("other.c", "8"))
    tap.equal(list(faults.rows()), ["kmod-lock"])
    tap.equal(slices.rows()[SLICE.name].passed, "2")
    commit("other.c", "9")
    tap.ok(not faults.current(one), "after a change: that it is not")


def test_clean_head():
    """nothing is proved of files that are not committed"""
    tap.ok(slices.clean_head())
    (slices.TOP / "other.c").write_text("5")
    tap.equal(slices.clean_head(), None)


slices.PROOF.parent.mkdir()
git("init", "-q")
(slices.TOP / ".gitignore").write_text("build/\n")
tap.main(teardown=lambda: subprocess.run(["rm", "-rf", slices.TOP], check=True))
