# SPDX-License-Identifier: Apache-2.0
"""`python -m trivet`: what this installation is made of."""

from trivet import show_config

if __name__ == "__main__":
    show_config()
