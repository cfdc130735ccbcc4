# SPDX-License-Identifier: Apache-2.0
"""One static page about a release, made from its certificates."""
