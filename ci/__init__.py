# SPDX-License-Identifier: Apache-2.0
"""Continuous integration: jobs from the plan, the guard against tests skipped everywhere."""
