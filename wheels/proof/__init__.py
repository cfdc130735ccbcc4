# SPDX-License-Identifier: Apache-2.0
"""Is a build right and fast: evidence, verdicts, certificates, `prove` and `verify`."""
