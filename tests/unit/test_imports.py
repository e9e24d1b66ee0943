"""What a server without a token does not load: a vendor's library costs a third of a second and its memory."""

import subprocess
import sys

SERVED = ("bot.serving", "bot.bootstrap", "adapters.http.app")
VENDORS = ("telegram", "httpx", "slack_sdk", "slack_bolt")


def test_a_server_without_a_token_loads_no_vendor() -> None:
    program = f"import sys, {', '.join(SERVED)}; print(*sorted(set({VENDORS!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
