# SPDX-License-Identifier: Apache-2.0
"""What does a user type? Words, options and what each of them does, as tables."""
