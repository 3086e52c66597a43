"""Run `python -m codegen.specdiff`."""

import sys

from codegen.specdiff.change_report import main

sys.exit(main())
