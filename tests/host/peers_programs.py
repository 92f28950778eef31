#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long timeout=2700
"""Tests of programs and libraries that use the Secret Service, unchanged, on a bus that starts ours, in a machine, as a user with
a keybag. What stands for it at a landing is guest/secret_service.py."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import tap  # noqa: E402
from peers import suites  # noqa: E402


def test_keyring():
    """python-keyring's tests of its backends"""
    suites.run(vm, "keyring", "keyring")


def test_docker():
    """docker-credential-secretservice: store, get, list, erase"""
    suites.run(vm, "docker", "docker")


def test_git():
    """git's t0303 with its helper for libsecret"""
    suites.run(vm, "git", "git")


def test_go():
    """go-keyring's tests"""
    suites.run(vm, "go", "go")


def test_rust():
    """tests of the Rust library secret-service, with those that it ignores"""
    # It ends with assert!(false), whatever the service does.
    suites.run(vm, "rust", "rust", ["collection::test::should_delete_collection"])


with suites.machine() as vm:
    tap.main()
