# SPDX-License-Identifier: Apache-2.0
"""From a plan to an index of wheels: plan, build, check, pack, index, release."""
