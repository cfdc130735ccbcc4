# SPDX-License-Identifier: Apache-2.0
"""What does a library do when called? In a child process, with a time limit."""
