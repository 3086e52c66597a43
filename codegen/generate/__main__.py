"""Run `python -m codegen.generate`."""

import sys

from codegen.generate.regenerate import main

sys.exit(main())
