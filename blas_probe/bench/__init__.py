# SPDX-License-Identifier: Apache-2.0
"""How fast is each library, compared with what this machine can do at most?"""
