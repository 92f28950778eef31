# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules that the tests share."""
