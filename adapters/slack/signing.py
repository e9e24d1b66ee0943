"""Is a request Slack's, and is it fresh? Looked at on the raw body, before anything of it is read.

https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import hmac
from datetime import datetime
from typing import Final

OLDEST_SECONDS: Final = 300
LONGEST_TIMESTAMP: Final = 12  # digits; reading a number of thousands would be work, and beyond 4300 an error
SIGNATURE: Final = b"x-slack-signature"
TIMESTAMP: Final = b"x-slack-request-timestamp"
_VERSION: Final = b"v0"


def is_genuine(secret: bytes, body: bytes, timestamp: bytes, signature: bytes, now: datetime) -> bool:
    """Was `body` signed with the app's secret within five minutes of `now`? Everything else is somebody else's."""
    if not (timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP):
        return False
    if abs(now.timestamp() - int(timestamp)) > OLDEST_SECONDS:
        return False
    wanted = hmac.digest(secret, b"%b:%b:%b" % (_VERSION, timestamp, body), "sha256").hex()
    return hmac.compare_digest(b"%b=%b" % (_VERSION, wanted.encode()), signature)
