# SPDX-License-Identifier: Apache-2.0
"""How many threads, started by which run-times, on which machine?"""
