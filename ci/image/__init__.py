# SPDX-License-Identifier: Apache-2.0
"""A local image for cibuildwheel, made of Debian's packages and the Pythons of this machine."""
