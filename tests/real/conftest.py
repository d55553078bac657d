"""The story on a real cluster runs when it is asked for: ``python3 tools/dev.py real``."""

import os

collect_ignore = [] if os.environ.get("GITOPSGEN_REAL") else ["test_story.py"]
