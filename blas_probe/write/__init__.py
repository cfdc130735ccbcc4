# SPDX-License-Identifier: Apache-2.0
"""The answer in the forms that other projects read."""
