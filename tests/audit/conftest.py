"""The tools in this folder are scripts: they find one another by their folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
