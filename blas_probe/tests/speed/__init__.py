# SPDX-License-Identifier: Apache-2.0
"""How long does probing take? Measured on whole runs of the command."""
