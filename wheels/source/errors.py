# SPDX-License-Identifier: Apache-2.0
"""The one error of a source build: what failed, the likely cause, the next command."""

from __future__ import annotations


class Refused(Exception):
    """The build cannot be done as asked; the text is all that the user sees."""
