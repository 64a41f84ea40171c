"""Verifies an evidence pack with nothing but Python 3.9 or newer and a public key that you got elsewhere.

    python3 -I -S verify.py PACK --key NAME+ID+KEY [--witness KEY] [--checkpoint FILE]

Every pack carries a copy of this file (`python3 PACK --key ...` runs it), for the day on which nobody has another one.
Whoever made a pack could have changed that copy, so use one that you got elsewhere, as with the key. Without a key, the
one in the pack is used: that finds accidents and proves nothing, and the verifier says so.

It ends with 0 where everything verifies, with 1 where something does not, with 2 where the pack cannot be read, with
3 where everything fits together, but with no key except the pack's own.

This file is self-contained on purpose and shares no code with the rest of the program: two implementations that agree
are worth more than one. Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature; RFC 6962; RFC 8032; zip, stored.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

FORMAT = "roadworthy-evidence-pack/1"
BY_TREE = ("entries.jsonl", "cover.bin", "leaves.bin")
"""Members whose content follows from the signed root, and not from the list of digests."""
HASH, BLOCK = 32, 1 << 18
ALONE_UP_TO = 1 << 25
"""Bytes of entries that one process hashes; for more of them a second one is started."""
OWN = 8
"""Every so many portions one is hashed by the first process: it has the tree to do, so both are done at once."""
ED25519, COSIGNATURE = 1, 4
PASSED, FAILED, UNREADABLE, UNAUTHENTICATED = 0, 1, 2, 3
sha256 = hashlib.sha256


Value = TypeVar("Value")


class UnreadableError(Exception):
    """The pack is not one, or not whole."""


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 5.1)

Point = tuple[int, int, int, int]
Mark = tuple[str, int, bytes]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def _point(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _of_key(encoded: bytes) -> Point | None:
    """A public key's point; None where it is none, or of small order: under such a key strangers can sign."""
    point = _point(encoded) if len(encoded) == HASH else None
    return None if point is None or not _times(8, point)[0] % P else point


def _times(scalar: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def signed_by(public: bytes, signature: bytes, text: bytes) -> bool:
    """True where the signature is the key's over the text."""
    if len(signature) != 2 * HASH:
        return False
    key, commitment = _of_key(public), _point(signature[:HASH])
    scalar = int.from_bytes(signature[HASH:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:HASH] + public + text).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(commitment, _times(challenge, key))
    return not any((left[at] * right[2] - right[at] * left[2]) % P for at in (0, 1))


# ---------------------------------------------------------------- signed notes


class Key:
    """A public key as people exchange it: `NAME+ID+KEY`."""

    def __init__(self, text: str) -> None:
        parts = text.strip().split("+", 2)
        try:
            material = base64.b64decode(parts[2], validate=True)
        except (IndexError, ValueError):
            raise UnreadableError(f"`{text}` is not a public key of the form NAME+ID+KEY") from None
        self.name, self.kind, self.public = parts[0], material[:1], material[1:]
        self.id = sha256(self.name.encode() + b"\n" + material).digest()[:4]
        known = self.kind in (bytes([ED25519]), bytes([COSIGNATURE]))
        if self.id.hex() != parts[1] or len(self.public) != HASH or not known:
            raise UnreadableError(f"the key `{self.name}` was cut or changed, or is of a type that is not read here")
        if _of_key(self.public) is None:
            raise UnreadableError(f"the key `{self.name}` is no key that one could sign with alone")

    def vouches(self, note: str) -> bool | None:
        """Whether the note bears a good signature of this key; None where it bears none."""
        text, _, lines = note.rpartition("\n\n")
        for line in lines.splitlines():
            name, _, encoded = line[2:].partition(" ")
            try:
                content = base64.b64decode(encoded, validate=True)
            except ValueError:
                continue
            if line[:2] == "\u2014 " and name == self.name and content[:4] == self.id:
                return self._fits(content[4:], text + "\n")
        return None

    def _fits(self, signature: bytes, text: str) -> bool:
        if self.kind == bytes([COSIGNATURE]):
            when = int.from_bytes(signature[:8], "big")
            signature, text = signature[8:], f"cosignature/v1\ntime {when}\n{text}"
        return signed_by(self.public, signature, text.encode())


def checkpoint_of(note: str) -> Mark:
    """Origin, size and root of a checkpoint."""
    lines = note.partition("\n\n")[0].split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError):
        raise UnreadableError("the checkpoint is malformed") from None
    if size < 0 or len(root) != HASH:
        raise UnreadableError("the checkpoint is malformed")
    return origin, size, root


# ---------------------------------------------------------------- the tree (RFC 6962, section 2.1)


class Tree:
    """Grows from left to right by leaves and by whole subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, node: bytes, level: int = 0) -> None:
        """A leaf's hash, or that of a subtree of 2**level leaves."""
        rest = self.size >> level
        while rest & 1:
            node = sha256(b"\x01" + self.peaks.pop() + node).digest()
            rest >>= 1
        self.peaks.append(node)
        self.size += 1 << level

    def extend(self, leaves: bytes) -> None:
        """Many leaves' hashes, joined: level by level, each with what it finds there and without what stays alone."""
        nodes, level, alone = leaves, 0, [b""][:0]
        while nodes:
            if self.size >> level & 1:
                nodes = self.peaks.pop() + nodes
            pairs = [nodes[at : at + 2 * HASH] for at in range(0, len(nodes), 2 * HASH)]
            if len(pairs[-1]) == HASH:
                alone.append(pairs.pop())
            nodes = b"".join([sha256(b"\x01" + pair).digest() for pair in pairs])
            level += 1
        self.peaks += reversed(alone)
        self.size += len(leaves) // HASH

    def fill(self, end: int, hashes: bytes, other: Mark, report: Report) -> bytes:
        """Grow up to `end` by the hashes of the largest subtrees that fit; returns the hashes that are left."""
        while self.size < end:
            level = (end - self.size).bit_length() - 1
            if self.size:
                level = min(level, (self.size & -self.size).bit_length() - 1)
            if len(hashes) < HASH:
                raise UnreadableError("the hashes that stand for other entries are too few")
            self.append(hashes[:HASH], level)
            hashes = hashes[HASH:]
            self.held_against(other, report)
        return hashes

    def held_against(self, other: Mark, report: Report) -> None:
        """Compare with another checkpoint of this size."""
        if self.size == other[1]:
            good = self.root() == other[2]
            told = f"the first {self.size} entries are {'' if good else 'not '}those of the checkpoint that you gave"
            report.told("ledger-rewritten", told, good=good)

    def root(self) -> bytes:
        """Root of the whole tree."""
        found = self.peaks[-1] if self.peaks else sha256(b"").digest()
        for peak in reversed(self.peaks[:-1]):
            found = sha256(b"\x01" + peak + found).digest()
        return found


# ---------------------------------------------------------------- the file


class Pack:
    """A pack, opened: a zip file whose every byte outside of its members is compared with what it has to be."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        whole = self.file.seek(0, 2)
        end = self._at(whole - 22, 22)
        count, length, start = (
            struct.unpack("<10xHLL2x", end) if len(end) == struct.calcsize("<10xHLL2x") else (0, 0, 0)
        )
        same = end == struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, count, count, length, start, 0)
        if not same or start + length + len(end) != whole:
            raise UnreadableError("it is cut off, added to, or no evidence pack")
        directory, at, offset = self._at(start, length), 0, 0
        self.members: dict[str, tuple[int, int, int]] = {}
        for _ in range(count):
            crc, size, letters = struct.unpack("<16xL4xLH", directory[at : at + 30].ljust(30))
            name = directory[at + 46 : at + 46 + letters]
            both = (20, 0, 0, 0, 33, crc, size, size, len(name), 0)
            here = struct.pack("<4s5H3L2H", b"PK\3\4", *both) + name
            there = struct.pack("<4s6H3L5H2L", b"PK\1\2", 788, *both, 0, 0, 0, 0o100644 << 16, offset) + name
            if directory[at : at + len(there)] != there or self._at(offset, len(here)) != here:
                raise UnreadableError(f"its structure was changed near byte {offset} or byte {start + at}")
            self.members[name.decode("ascii")] = (offset + len(here), size, crc)
            at, offset = at + len(there), offset + len(here) + size
        if (at, offset, len(self.members)) != (length, start, count):
            raise UnreadableError("there is something between its members, or a name stands twice in it")
        written = self.read("manifest.json")
        if zlib.crc32(written) != self.members["manifest.json"][2]:
            raise UnreadableError("its manifest was changed")
        self.manifest = json.loads(written)
        if self.get("format", str) != FORMAT:
            raise UnreadableError(f"its manifest does not name the format `{FORMAT}`")

    def _at(self, offset: int, length: int) -> bytes:
        self.file.seek(max(0, offset))
        return self.file.read(length)

    def blocks(self, name: str) -> Iterator[bytes]:
        """A member's content in portions."""
        if name not in self.members:
            raise UnreadableError(f"`{name}` is missing")
        offset, left, _ = self.members[name]
        while left:
            block = self._at(offset, min(left, BLOCK))
            offset, left = offset + len(block), left - len(block)
            yield block

    def read(self, name: str) -> bytes:
        """A member's whole content."""
        return b"".join(self.blocks(name))

    def get(self, name: str, kind: type[Value]) -> Value:
        """A field of the manifest."""
        found = self.manifest.get(name)
        if not isinstance(found, kind):
            raise UnreadableError(f"its manifest has no `{name}` of the right type")
        return found

    def entries(self) -> Iterator[list[bytes]]:
        """The entries in portions, without their line ends."""
        rest = b""
        for block in self.blocks("entries.jsonl"):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            if len(rest) > BLOCK:
                raise UnreadableError("a line of `entries.jsonl` is longer than any entry")
            if lines:
                yield lines
        if rest:
            raise UnreadableError("the last line of `entries.jsonl` is cut off")


def hashes_of(raws: list[bytes]) -> bytes:
    """The hashes of entries as leaves of the tree, joined."""
    return b"".join([sha256(b"\x00" + raw).digest() for raw in raws])


class Entries:
    """The entries of a pack in order, with their hashes.

    Of a large pack another process hashes most portions ahead: this program again, which cuts them by the same code.
    Where it cannot be started, or ends early, this process goes on alone; what is found is the same either way.
    """

    def __init__(self, pack: Pack) -> None:
        self.portions, self.seen = pack.entries(), 0
        self.raws, self.hashes = [b""][:0], b""
        self.helper: subprocess.Popen[bytes] | None = None
        large = pack.members.get("entries.jsonl", (0, 0, 0))[1] > ALONE_UP_TO
        if large and os.cpu_count() != 1 and sys.executable and Path(__file__).is_file():
            again = [sys.executable, "-I", "-S", __file__, str(Path(pack.file.name).absolute()), "--hash"]
            none, pipe = subprocess.DEVNULL, subprocess.PIPE
            with contextlib.suppress(OSError):
                self.helper = subprocess.Popen(again, stdin=none, stdout=pipe, stderr=none)  # noqa: S603 - this very file

    def take(self, most: int) -> tuple[list[bytes], bytes]:
        """Some of the next entries and their hashes joined; none at the end."""
        if not self.raws:
            self.raws = next(self.portions, self.raws)
            self.hashes = self._hashes(self.raws)
            self.seen += 1
        now, self.raws = self.raws[:most], self.raws[most:]
        hashes, self.hashes = self.hashes[: most * HASH], self.hashes[most * HASH :]
        return now, hashes

    def _hashes(self, raws: list[bytes]) -> bytes:
        if self.helper and self.helper.stdout and self.seen % OWN:
            hashes = self.helper.stdout.read(len(raws) * HASH)
            if len(hashes) == len(raws) * HASH:
                return hashes
            self.close()
        return hashes_of(raws)

    def close(self) -> None:
        """End the other process."""
        if self.helper:
            self.helper.kill()
            self.helper.communicate()
            self.helper = None


def hash_for_another(path: Path) -> int:
    """What the other process does: write the hashes of its portions, as fast as they are taken."""
    with contextlib.suppress(UnreadableError, OSError, ValueError, LookupError), path.open("rb") as file:
        for number, raws in enumerate(Pack(file).entries()):
            sys.stdout.buffer.write(hashes_of(raws) if number % OWN else b"")
            sys.stdout.buffer.flush()
    return PASSED


class Report:
    """What was found."""

    def __init__(self) -> None:
        self.good: list[str] = []
        self.notes: list[str] = []
        self.faults: list[dict[str, Any]] = []

    def told(self, what: str, says: str, *, good: bool) -> None:
        """Something that verifies or does not."""
        if good:
            self.good.append(says)
        else:
            self.fault(what, says)

    def fault(self, what: str, says: str, entry: int | None = None) -> None:
        """Something that does not verify."""
        self.faults.append({"code": what, "message": says, "entry": entry})


# ---------------------------------------------------------------- what is verified


def verify(path: Path, keys: list[Key], witnesses: list[Key], other: str | None = None) -> Report:
    """Verify a pack; returns the report.

    Args:
        path: the pack.
        keys: the ledger's, got elsewhere; one of them has to have signed. The pack's own where there is none.
        witnesses: each has to have signed.
        other: a checkpoint of this ledger that was got elsewhere, to be compared.

    Raises:
        UnreadableError: it is no pack, or not whole.
    """
    report = Report()
    try:
        with path.open("rb") as file:
            _verify(Pack(file), report, keys, witnesses, other)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UnreadableError(f"it is no evidence pack, or not whole ({error})") from None
    return report


def _verify(pack: Pack, report: Report, keys: list[Key], witnesses: list[Key], other: str | None) -> None:
    note = pack.read("checkpoint").decode()
    ours = checkpoint_of(note)
    _signatures(pack, report, note, keys or [Key(pack.get("vkey", str))])
    for key in witnesses:
        message = f"witness `{key.name}` {'signed' if key.vouches(note) else 'did not sign'} the checkpoint"
        report.told("witness-missing", message, good=bool(key.vouches(note)))
    _members(pack, report)
    _entries(pack, report, ours, (ours[0], -1, b"") if other is None else checkpoint_of(other))


def _signatures(pack: Pack, report: Report, note: str, keys: list[Key]) -> None:
    said = [(key, key.vouches(note)) for key in keys]
    for key, good in said:
        if good:
            report.good.append(f"the checkpoint is signed by {key.name}")
        elif good is False:
            report.fault("checkpoint-signature-wrong", f"the signature of `{key.name}` does not fit the checkpoint")
    if all(good is None for _, good in said):
        report.fault("checkpoint-not-signed", f"`{keys[0].name}` did not sign the checkpoint with the key you trust")
    if checkpoint_of(note)[0] != pack.get("origin", str):
        report.fault("checkpoint-foreign", "the checkpoint is of another ledger than the pack")


def _members(pack: Pack, report: Report) -> None:
    """Everything that does not follow from the root is what the manifest says."""
    listed = pack.get("files", dict)
    for name in sorted(set(pack.members) - {"manifest.json", *BY_TREE} - set(listed)):
        report.fault("member-foreign", f"`{name}` does not belong into this pack")
    for name, digest in listed.items():
        if sha256(pack.read(name)).hexdigest() != digest:
            report.fault("member-differs", f"`{name}` is not what the pack was made with")


def _compare(report: Report, ours: Mark, other: Mark) -> None:
    """What two checkpoints say of each other at once."""
    if other[0] != ours[0]:
        report.fault("checkpoint-foreign", f"the checkpoint that you gave is of the ledger `{other[0]}`")
    elif other[1] == ours[1] and other[2] != ours[2]:
        report.fault("split-view", f"there are two checkpoints over {ours[1]} entries, and they have different roots")
    elif other[1] > ours[1]:
        report.notes.append(f"the checkpoint that you gave is newer, over {other[1]} entries, and was not compared")


def _entries(pack: Pack, report: Report, ours: Mark, other: Mark) -> None:
    """Whether the signed root follows from the entries and the hashes that stand for the others; what hangs on it."""
    stated = [each for name in ("payloads", "documents") for each in pack.get(name, list)]
    ranges, wanted = pack.get("ranges", list), sorted({each["entry"] for each in stated}, reverse=True)
    tree, hashes, whole = Tree(), pack.read("cover.bin"), Complete(pack)
    cited, listed = {0: b""}, sha256()
    _compare(report, ours, other)
    with contextlib.closing(Entries(pack)) as entries:
        for start, end in ranges:
            if not tree.size <= start < end <= ours[1]:
                raise UnreadableError("its ranges are not in order")
            hashes = tree.fill(start, hashes, other, report)
            whole.begin(start)
            while tree.size < end:
                stop = other[1] if tree.size < other[1] < end else end
                now, leaves = entries.take(stop - tree.size)
                if not now:
                    break
                whole.see(tree.size, now)
                while wanted and wanted[-1] < tree.size + len(now):
                    at = wanted.pop()
                    cited[at] = now[at - tree.size] if at >= tree.size else b""
                listed.update(leaves)
                tree.extend(leaves)
                tree.held_against(other, report)
        if not ranges or tree.size == ranges[-1][1]:
            hashes = tree.fill(ours[1], hashes, other, report)
        if tree.size != ours[1] or hashes or entries.take(1)[0] or tree.root() != ours[2]:
            _name(pack, report, ranges)
        elif listed.digest() != sha256(pack.read("leaves.bin")).digest():
            report.fault("leaves-differ", "the list of the entries' hashes was changed; the entries were not")
        else:
            report.good.append(f"{sum(end - start for start, end in ranges)} entries stand in the ledger of {ours[1]}")
    whole.tell(report)
    _payloads(pack, report, cited)
    _documents(pack, report, cited)


def _name(pack: Pack, report: Report, ranges: list[list[int]]) -> None:
    """Say which entry differs and how, where the signed root does not follow."""
    joined = b"".join(map(hashes_of, pack.entries())), pack.read("leaves.bin")
    made, said = ([each[at : at + HASH] for at in range(0, len(each), HASH)] for each in joined)
    at = next((at for at, leaf in enumerate(said) if made[at : at + 1] != [leaf]), len(said))
    index = next((start + at - done for start, end, done in _places(ranges) if at < done + end - start), None)
    if made == said:
        report.fault("ledger-root-differs", "the signed root does not follow: entries or the hashes around are others")
    elif at == len(made) or made[at : at + 2] == said[at + 1 : at + 3]:
        report.fault("entry-missing", "it was taken out", index)
    elif at == len(said) or said[at : at + 2] == made[at + 1 : at + 3]:
        report.fault("entry-added", "it was put in before this one, or behind the last", index)
    elif made[at] in said and said[at] in made:
        report.fault("entries-reordered", "another entry stands in its place", index)
    else:
        report.fault("entry-differs", "its bytes are not those that the pack was made of", index)


def _places(ranges: list[list[int]]) -> Iterator[tuple[int, int, int]]:
    done = 0
    for start, end in ranges:
        yield start, end, done
        done += end - start


class Complete:
    """What can be seen to be missing: numbers of the writers, and what began and never ended."""

    def __init__(self, pack: Pack) -> None:
        pairs: dict[str, list[str]] = pack.get("pairs", dict)
        self.apart: dict[str, str] = dict(pack.manifest.get("apart", {}))
        self.begins = {begun.encode() for begun in pairs}
        self.ends: dict[bytes, list[str]] = {}
        for begun, ends in pairs.items():
            for end in ends:
                self.ends.setdefault(end.encode(), []).append(begun)
        self.events = self.begins.union(self.ends)
        self.open: dict[tuple[str, str], dict[str, int]] = {}
        self.gaps: dict[int, str] = {}
        self.first = 0
        self.next: dict[bytes, int] = {}
        self.early: dict[bytes, dict[int, int]] = {}

    def begin(self, first: int) -> None:
        """A range begins: what lies before it is not in the pack, so numbers may begin anywhere."""
        self._close()
        self.first, self.next, self.early = first, {}, {}

    def see(self, first: int, raws: list[bytes]) -> None:
        """Take note of the entries from this index on."""
        writer, number = b"?", 0
        for index, raw in enumerate(raws, first):
            if raw.endswith(b'%b","seq":%d}}' % (writer, number)):
                number += 1  # nearly always the next entry is the next one of the same writer
                continue
            self.next[writer] = max(number, self.next.get(writer, 0))
            writer, _, last = raw[raw.rfind(b'","writer":{"id":"') + 18 :].partition(b'","seq":')
            number = self._number(index, writer, int(last[:-2]) if last[:-2].isdigit() else -1)
        self.next[writer] = max(number, self.next.get(writer, 0))
        for index, raw in enumerate(raws if self.events else (), first):
            what = raw[raw.rfind(b'"what":"') + 8 : raw.rfind(b'","writer":')]
            if what in self.events:
                self._event(index, what, _fields(raw))

    def _number(self, index: int, writer: bytes, number: int) -> int:
        following = self.next.setdefault(writer, number if self.first else 0)
        early = self.early.setdefault(writer, {})
        if number > following:
            early[number] = index
        elif number < following:
            self.gaps[index] = f"number {number} of its writer stands there twice, or too late"
        while following == number or following in early:
            early.pop(following, None)
            following += 1
        self.next[writer] = following
        return following if not early else -1

    def _event(self, index: int, what: bytes, fields: dict[str, Any]) -> None:
        resource = str(fields.get("resource"))
        if what in self.begins:
            began = what.decode()
            self.open.setdefault((began, resource), {})[self._which(began, fields)] = index
        for begun in self.ends.get(what, []):
            which = self._which(begun, fields)
            if which and (begun, resource) in self.open:
                self.open[begun, resource].pop(which, None)
            else:
                self.open.pop((begun, resource), None)

    def _which(self, begun: str, fields: dict[str, Any]) -> str:
        """Which of those that are open of one resource at once; an end that does not say it is that of all."""
        facts = fields.get("facts")
        return str(facts.get(self.apart.get(begun), "")) if isinstance(facts, dict) else ""

    def _close(self) -> None:
        for writer, early in self.early.items():
            if early:
                self.gaps[min(early.values())] = f"before it, entry {self.next[writer]} of its writer is missing"

    def tell(self, report: Report) -> None:
        """Into the report: gaps are faults; what is open may end another day."""
        self._close()
        for index, message in sorted(self.gaps.items()):
            report.fault("writer-gap", message, index)
        unfinished = ((index, *key) for key, those in self.open.items() for index in those.values())
        for index, what, resource in sorted(unfinished):
            report.notes.append(f"entry {index}: {what} of {resource} has no end in this pack")


def _fields(raw: bytes) -> dict[str, Any]:
    """What an entry says; nothing where it cannot be read, for that it was changed is told with its name."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(raw)
        return found if isinstance(found, dict) else {}
    return {}


def _payloads(pack: Pack, report: Report, cited: dict[int, bytes]) -> None:
    disclosed = held = 0
    for each in pack.get("payloads", list):
        ref, salt, entry = each["ref"], each["salt"], each["entry"]
        known = {p.get("ref"): p.get("commitment") for p in _fields(cited.get(entry, b"")).get("payloads", [])}
        if ref not in known:
            report.fault("payload-foreign", f"it does not commit to payload `{ref}`", entry)
        elif salt is None:
            held += 1
        elif known[ref] == "sha256:" + sha256(bytes.fromhex(salt) + pack.read(f"payloads/{ref}")).hexdigest():
            disclosed += 1
        else:
            report.fault("payload-differs", f"payload `{ref}` is not what it committed to", entry)
    report.good.append(f"{disclosed} payloads are what entries committed to")
    if held:
        report.notes.append(f"{held} payloads were erased or are held back; the entries that commit to them stand")


def _documents(pack: Pack, report: Report, cited: dict[int, bytes]) -> None:
    """Certificates and files: each is named by its digest in an entry of the pack."""
    documents = pack.get("documents", list)
    for each in documents:
        if sha256(pack.read(each["file"])).hexdigest().encode() not in cited.get(each["entry"], b""):
            report.fault("document-foreign", f"it does not name the content of `{each['file']}`", each["entry"])
    if documents:
        report.good.append(f"{len(documents)} documents were looked up in the entries that name them")


def status_of(report: Report, *, trusted: bool) -> int:
    """The exit code: `trusted` where the keys came from elsewhere."""
    return FAILED if report.faults else PASSED if trusted else UNAUTHENTICATED


def word_of(status: int) -> str:
    """What an exit code means."""
    return {FAILED: "does not verify", PASSED: "verifies", UNAUTHENTICATED: "unauthenticated"}[status]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Verify and say what was found; returns the exit code."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack.")
    inside = not Path(__file__).is_file()  # started as `python3 PACK`
    parser.add_argument("pack", type=Path, nargs="?" if inside else None, default=Path(sys.argv[0]))
    parser.add_argument("--key", action="append", default=[], help="public key of the ledger, got elsewhere")
    parser.add_argument("--witness", action="append", default=[], help="public key of a witness that must have signed")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of this ledger, got elsewhere, to compare")
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    parser.add_argument("--hash", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.hash:
        return hash_for_another(asked.pack)
    try:
        other = asked.checkpoint and asked.checkpoint.read_text("utf-8")
        report = verify(asked.pack, [Key(each) for each in asked.key], [Key(each) for each in asked.witness], other)
    except (UnreadableError, OSError, ValueError) as error:
        sys.stderr.write(f"cannot be verified: {error}\n")
        return UNREADABLE
    status = status_of(report, trusted=bool(asked.key))
    word = word_of(status)
    if asked.json:
        _say(json.dumps({"result": word, "good": report.good, "faults": report.faults, "notes": report.notes}))
        return status
    for line in report.good:
        _say(f"  ok     {line}")
    for line in report.notes:
        _say(f"  note   {line}")
    for each in report.faults:
        where = "" if each["entry"] is None else f"entry {each['entry']}: "
        _say(f"  FAULT  {where}{each['message']} ({each['code']})")
    _say(word + (": only the pack's own key was used; give --key" if status == UNAUTHENTICATED else ""))
    return status


if __name__ == "__main__":
    sys.exit(main())
