"""The program in a process of its own."""

import os
import subprocess
import sys


def vibench(*arguments, cwd, code=0, **environment):
    """Run the program, which must end with *code*; return stdout, of a failure stderr."""
    result = subprocess.run(
        [sys.executable, "-c", "from vibench.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout if code == 0 else result.stderr
