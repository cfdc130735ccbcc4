# SPDX-License-Identifier: Apache-2.0
"""Backends in company: with each other, with other packages, in a hostile environment."""
