"""``python -m maquette.cli`` is ``maquette``."""

import sys

from maquette.cli import main

sys.exit(main())
