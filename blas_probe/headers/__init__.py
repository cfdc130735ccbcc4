# SPDX-License-Identifier: Apache-2.0
"""Which C headers go with a library, proven by a program that uses both."""
