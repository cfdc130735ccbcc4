# SPDX-License-Identifier: Apache-2.0
"""What is the library, then? From findings and recipes to one record."""

from blas_probe.identify.question import request
from blas_probe.identify.record import identify, printable

__all__ = ["identify", "printable", "request"]
