"""Frames from any way in - gateway, MQTT payload, dead letter - as rows and dead letters."""

from __future__ import annotations

from collections.abc import Mapping

from collector.deadletter import Reason, Refused
from collector.hj212 import cipher
from collector.hj212.crc import matches, variants
from collector.hj212.decode import Decoder
from collector.hj212.framing import Broken, whole
from collector.hj212.loggers import Peer
from collector.hj212.segment import Malformed, Packet, parse
from collector.normalise import Accepted
from qualicity.model import DeadLetter, Registry
from qualicity.network import Network

_OF_GATEWAY = frozenset(
    {Reason.UNDECODABLE, Reason.BAD_CHECKSUM, Reason.UNKNOWN_LOGGER, Reason.NAME_DISAGREES, Reason.NOT_ALLOWED}
)
"""Why the gateway refuses frames, before anybody knows that they are the logger's own."""


class Taker:
    """Takes frames.

    Args:
        network: what is declared.
        peers: its loggers by MN.
        registry: codes of texts, as the store keeps them.
    """

    def __init__(self, network: Network, peers: Mapping[str, Peer], registry: Registry) -> None:
        self.decoder = Decoder(network, registry)
        self._peers = peers

    def read(self, packet: Packet | DeadLetter, raw: bytes, received: int) -> Accepted:
        """Return what a packet of the gateway holds; of what it has refused, the dead letter."""
        if isinstance(packet, DeadLetter):
            return Accepted([], [packet])
        return self.decoder.accept(packet, raw, received)

    def frame(self, payload: bytes, received: int, *, station: str | None = None) -> Accepted:
        """Return what a whole frame of an MQTT message holds, if its logger speaks for the station.

        Args:
            payload: the frame, with or without its CR LF.
            received: ms UTC.
            station: that may speak here; None = whichever its MN stands for.

        Raises:
            Refused: it is none, or its logger may not speak here.
        """
        packet, peer = self._open(payload)
        if station is not None and peer.logger.station != station:
            detail = f"MN {packet.mn[:32]} speaks for {peer.logger.station}, not {station}"
            raise Refused(Reason.NAME_DISAGREES, detail)
        return self.decoder.accept(packet, payload, received)

    def again(self, letter: DeadLetter) -> Accepted:
        """Treat a dead letter of HJ 212 again, by today's network and secrets."""
        try:
            packet, peer = self._open(letter.payload)
        except Refused:
            return Accepted([], [letter])
        if letter.reason in _OF_GATEWAY and not (peer.trusts(packet.pw) and peer.allows(_address(letter.place))):
            return Accepted([], [letter])  # who was refused for who he is stays refused
        return self.decoder.accept(packet, letter.payload, letter.received)

    def _open(self, payload: bytes) -> tuple[Packet, Peer]:
        """Return the packet of a frame, and its logger.

        Raises:
            Refused: it is none, or of nobody.
        """
        frame = whole(payload)
        if isinstance(frame, Broken):
            raise Refused(Reason.UNDECODABLE, f"no frame of HJ 212: {frame.reason}")
        try:
            packet = parse(frame.segment)
            peer = self._peers.get(packet.mn)
            if peer is None:
                raise Refused(Reason.UNKNOWN_LOGGER, f"no logger with MN {packet.mn[:32]!r} is declared")
            packet, segment = open_segment(packet, frame.segment, peer)
        except Malformed as error:
            raise Refused(Reason.UNDECODABLE, str(error)) from error
        if not matches(segment, frame.crc, peer.logger.crc):
            encrypted = segment != frame.segment
            raise Refused(
                Reason.BAD_CHECKSUM, checksum_problem(segment, frame.crc, peer.logger.crc, encrypted=encrypted)
            )
        return packet, peer


def place_of(address: str, mn: str) -> str:
    """Return the place of a frame that the gateway has refused."""
    return f"hj212 {address} MN={mn[:32]}"


def _address(place: str) -> str:
    return place.split(" ")[1] if place.count(" ") > 1 else ""


def open_segment(packet: Packet, segment: bytes, peer: Peer | None) -> tuple[Packet, bytes]:
    """Return a packet and its segment as its logger wrote them: decrypted, where they travel encrypted.

    Raises:
        Malformed: there is no key for it, or it is not what encryption makes.
    """
    if not cipher.is_encrypted(segment):
        return packet, segment
    if peer is None or not peer.secret.key:
        raise Malformed("it is encrypted, and the secrets file has no key of this logger")
    plain = cipher.decrypt(segment, peer.secret.key_bytes)
    return parse(plain), plain


def checksum_problem(segment: bytes, stated: str, mode: str, *, encrypted: bool = False) -> str:
    """Return what is wrong with a checksum, and what would make it right."""
    others = ", ".join(variants(segment, stated))
    if not others:
        key = ", or its key is not that of the secrets file" if encrypted else ""
        return f"CRC {stated[:4]} is not that of what came: bytes were lost or changed on the way{key}"
    return f"CRC {stated[:4]} is right for crc = {others}, and the logger is declared with {mode}"
