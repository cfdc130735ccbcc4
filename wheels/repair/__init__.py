# SPDX-License-Identifier: Apache-2.0
"""Put into a wheel what it needs, and prove its platform tag; each format of binaries has a way.

Nothing is imported here: a source build takes single modules, and has not what the others need.
"""
