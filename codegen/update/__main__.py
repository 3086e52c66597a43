"""Run `python -m codegen.update`."""

import sys

from codegen.update.update import main

sys.exit(main())
