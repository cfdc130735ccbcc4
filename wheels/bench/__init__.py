# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of the factory, with their recorded results."""
