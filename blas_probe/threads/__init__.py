# SPDX-License-Identifier: Apache-2.0
"""How many threads may run here, and with which run-time?"""
