# SPDX-License-Identifier: Apache-2.0
"""How do two wheels differ, and does it matter? Read, never run; of any platform."""
