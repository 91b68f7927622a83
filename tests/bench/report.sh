#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/report.py"
