"""The ways out of the house: Apprise for people and rooms, a signed request for programs.

What a channel answers never enters a message or an error whole: an address of a chat service is a credential, and an
error text of a library can hold it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.notify.model import (
    NOTIFICATION_CHANNEL,
    PLACEHOLDER,
    ChannelType,
    Delivery,
    NotificationChannel,
)
from roadworthy.foundation.notify.rules import body_of, filled, title_of
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, NotGone
from roadworthy.foundation.runtime import Clock

SECONDS = 20.0
"""That a channel may take for one message."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - the format's own mark, no secret
SIGNATURE_VERSION = "v1"
_LOCAL_SCHEMES = frozenset({"dbus", "file", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"})
"""Of Apprise: they show something on the machine that serves, or write to it, and reach nobody."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out by one channel at once."""

    name: str
    """Of the channel."""
    channel: NotificationChannel
    address: str | None
    """Of the person; None for a room or a program."""
    deliveries: tuple[Delivery, ...]


class Sender:
    """Sends parcels.

    Args:
        sources: reads addresses and secrets where they stand.
        clock: stamps signed requests.
        root: where people open the pages, without a slash at its end.
        reach: how far requests go.
    """

    def __init__(self, sources: Sources, clock: Clock, root: str, reach: Reach) -> None:
        self._sources = sources
        self._clock = clock
        self._reach = reach
        self.root = root

    def send(self, parcel: Parcel) -> None:
        """Hand a parcel over; that it was taken is all that can be known.

        Raises:
            InvalidInput: the channel's address or secret is not there, or is none.
            Unavailable: it was not taken.
        """
        if parcel.channel.type is ChannelType.WEBHOOK:
            for delivery in parcel.deliveries:
                self._request(parcel, delivery)
        else:
            self._apprise(parcel)

    # ------------------------------------------------------------ people and rooms

    def _apprise(self, parcel: Parcel) -> None:
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - a third of a second, and often not needed

        template = self._secret(parcel, parcel.channel.address, "address")
        scheme = template.partition(":")[0].lower()
        if scheme in _LOCAL_SCHEMES:
            raise self._unusable(parcel, "leads to the machine that serves, where nobody sees it")
        if parcel.channel.type is ChannelType.PERSON and PLACEHOLDER not in template:
            raise self._unusable(parcel, f"has no `{PLACEHOLDER}`, so it cannot lead to one person")
        asset = AppriseAsset(app_id="Roadworthy", app_desc="Roadworthy", app_url=self.root, async_mode=False)
        asset.http_redirects = False  # its address stands in the server's environment; where that points, nobody said
        service = Apprise(asset=asset)
        if not service.add(filled(template, parcel.address)) or len(service) != 1:
            raise self._unusable(parcel, "is no address that Apprise knows")
        body = body_of(parcel.deliveries, self.root)
        taken = service.notify(
            body=body, title=title_of(parcel.deliveries), body_format=NotifyFormat.TEXT, timeout=SECONDS
        )
        if not taken:
            raise self._not_taken(parcel, "did not take the message")

    # ------------------------------------------------------------ programs

    def _request(self, parcel: Parcel, delivery: Delivery) -> None:
        """One signed request, after the Standard Webhooks specification: id, timestamp and body under an HMAC."""
        key = self._key(parcel)
        stamp = str(int(self._clock.now().timestamp()))
        content = event_of(delivery, self.root)
        headers = {
            "Content-Type": "application/cloudevents+json",
            "User-Agent": "Roadworthy",
            "webhook-id": delivery.id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(key, delivery.id, stamp, content),
        }
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, transport=Guarded(self._reach)) as http,
                http.stream("POST", parcel.channel.address, content=content, headers=headers) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._not_taken(parcel, _silence(error)) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._not_taken(parcel, f"answered with status {status}")

    def _key(self, parcel: Parcel) -> bytes:
        secret = self._secret(parcel, parcel.channel.secret or "", "secret")
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError as error:
            raise self._unusable(parcel, f"has a secret that is not `{SECRET_PREFIX}` and base64") from error

    # ------------------------------------------------------------ faults

    def _secret(self, parcel: Parcel, source: str, what: str) -> str:
        try:
            found = self._sources.read(source)
        except OSError as error:
            raise self._unusable(parcel, f"has its {what} in a file that cannot be read") from error
        if not found:
            raise self._unusable(parcel, f"has its {what} in `{source}`, and there is nothing")
        return found

    @staticmethod
    def _unusable(parcel: Parcel, what: str) -> InvalidInput:
        return InvalidInput(
            "notification-channel-unusable",
            f"the channel `{parcel.name}` {what}",
            place=Place(source=f"{NOTIFICATION_CHANNEL}/{parcel.name}"),
            remedy=f"mend it, then try it with `roadworthy notifications test {parcel.name}`",
        )

    @staticmethod
    def _not_taken(parcel: Parcel, what: str) -> Unavailable:
        return Unavailable(
            "notification-not-taken",
            f"the channel `{parcel.name}` {what}",
            place=Place(source=f"{NOTIFICATION_CHANNEL}/{parcel.name}"),
            remedy="it is tried again for three days; the message stands on the person's page meanwhile",
        )


def _silence(error: Exception) -> str:
    if isinstance(error, NotGone):
        return f"leads where the settings let nothing go: {error.refused.message}"
    return f"does not answer ({type(error).__name__})"


def event_of(delivery: Delivery, root: str) -> bytes:
    """A delivery as a CloudEvent (version 1.0, JSON format): references, no names of people."""
    content = {
        "specversion": "1.0",
        "id": delivery.id,
        "source": f"{root}/notifications",
        "type": f"dev.roadworthy.notification.{delivery.topic}",
        "subject": delivery.subject,
        "time": to_text(delivery.created_at),
        "datacontenttype": "application/json",
        "data": {
            "topic": delivery.topic,
            "link": f"{root}{delivery.path}",
            "urgent": delivery.urgent,
            **delivery.facts,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def sign(key: bytes, message_id: str, stamp: str, content: bytes) -> str:
    """The signature of a request, as Standard Webhooks writes it: `v1,` and the base64 of HMAC-SHA256."""
    signed = b".".join((message_id.encode(), stamp.encode(), content))
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"{SIGNATURE_VERSION},{made}"


def verify(key: bytes, headers: dict[str, str], content: bytes, now: int, tolerance: int = 300) -> bool:
    """Whether a request is ours and recent: what a receiver does; our tests and examples receive by it.

    Args:
        key: the decoded secret.
        headers: of the request, in small letters.
        content: its body.
        now: the receiver's time, seconds since 1970.
        tolerance: seconds by which the stamp may be off.
    """
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > tolerance:
        return False
    expected = sign(key, headers.get("webhook-id", ""), stamp, content)
    given: Sequence[str] = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, each) for each in given)
