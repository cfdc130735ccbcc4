# SPDX-License-Identifier: Apache-2.0
"""Which CUDA toolkits and devices are here, and what agrees with what?"""
