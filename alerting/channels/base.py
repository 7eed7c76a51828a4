"""What every sender promises."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from alerting.message import Message
from qualicity.errors import Permanent, Retryable


class Receipt(NamedTuple):
    """What the provider said when it took a message."""

    code: str  # the provider's own: "0", "200", "250"
    message: str


class TryLater(Retryable):
    """The provider did not take the message now.

    Attributes:
        code, message: what it said; code "" = nothing.
        after: s to wait at least.
    """

    def __init__(self, code: str, message: str, *, after: float = 0.0) -> None:
        super().__init__(f"not taken now: {code} {message}".strip(), "it is sent again")
        self.code = code
        self.message = message
        self.after = after


class Refused(Permanent):
    """The provider will never take this message as it is: wrong address, wrong signature, wrong form."""

    def __init__(self, code: str, message: str, mend: str = "") -> None:
        super().__init__(f"refused: {code} {message}".strip(), mend or "mend the channel in oncall.toml")
        self.code = code
        self.message = message


class Sender(Protocol):
    """One channel.

    Contract (tests/alerting/channels/test_contract.py): it returns only when the provider's *body* says that the
    message was taken; anything else is `TryLater` or `Refused` within `timeout` s. It holds no state that matters:
    a sender may be made anew at any time, except for its rate limit.
    """

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message.

        Args:
            message: what to say.
            recipient: address on this channel; "" = the chat of a bot itself.

        Raises:
            TryLater: it may be taken later (no answer, busy, rate limit, 5xx).
            Refused: it will never be taken as it is.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
