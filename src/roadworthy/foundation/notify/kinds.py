"""The declared kind `NotificationChannel`."""

from __future__ import annotations

from roadworthy.foundation.notify.model import NOTIFICATION_CHANNEL, NotificationChannel
from roadworthy.foundation.resources.registry import Kind, always


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            NOTIFICATION_CHANNEL,
            "notification-channels",
            "notification-channel",
            NotificationChannel,
            decides=always(NOTIFICATION_CHANNEL, "change-policy"),
        ),
    )
