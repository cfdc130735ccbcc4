# SPDX-License-Identifier: Apache-2.0
"""Read anybody's wheel and say in plain words what is wrong; nothing in it is run.

Start with `wheels.audit.auditing`: this file imports nothing, because the command line does it
where the packages that an audit needs are absent.
"""
