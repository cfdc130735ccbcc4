# SPDX-License-Identifier: Apache-2.0
"""What does a file say about itself? Read, never run."""
