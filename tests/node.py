"""The lesson's scripts in Node, the one that comes with Playwright: no browser needed."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def run_in_node(page, body, data=None):
    """Return what the body of an asynchronous JavaScript function of `data` returns.

    It sees what the page gives to tests: the global `redline`.
    """
    program = "\n".join(
        [
            *SCRIPT.findall(page),
            "const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));",
            f"(async (data) => {{ {body} }})(input)",
            ".then((found) => console.log(JSON.stringify(found)));",
        ]
    )
    node = compute_driver_executable()[0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "lesson.js"
        script.write_text(program, "utf-8")
        done = subprocess.run(
            [str(node), str(script)],
            input=json.dumps(data),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
