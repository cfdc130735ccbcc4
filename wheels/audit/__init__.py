# SPDX-License-Identifier: Apache-2.0
"""Read anybody's wheel and say in plain words what is wrong; nothing in it is run."""

from wheels.audit.auditing import Audit, Auditor, Demands, Exports, audit
from wheels.audit.finding import Finding

__all__ = ["Audit", "Auditor", "Demands", "Exports", "Finding", "audit"]
