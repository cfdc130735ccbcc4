# SPDX-License-Identifier: Apache-2.0
"""What an extension or a backend of another platform is compiled and linked with here."""
