"""Verifies an evidence pack with nothing but Python 3.9 or newer and a public key that you got elsewhere.

    python3 verify.py PACK --key 'NAME+ID+KEY' [--key ...] [--witness 'NAME+ID+KEY' ...] [--json]

Every pack carries a copy of this file (`python3 PACK --key ...` runs it), for the day on which nobody has another one.
Whoever made a pack could have changed that copy, so use one that you got elsewhere, as with the key. Without a key, the
one in the pack is used: that finds accidents and proves nothing, and the verifier says so.

It ends with 0 where everything verifies, with 1 where something does not, with 2 where the pack cannot be read, and with
3 where everything fits together, but with no key except the pack's own.

This file is self-contained on purpose and shares no code with the rest of the program: two implementations that agree
are worth more than one. Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature; RFC 6962; RFC 8032.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile

FORMAT = "roadworthy-evidence-pack/1"
LARGEST_MANIFEST = 64 * 1024 * 1024
HASH = 32
ED25519, COSIGNATURE = 1, 4
PASSED, FAILED, UNREADABLE, UNAUTHENTICATED = 0, 1, 2, 3
sha256 = hashlib.sha256


class Unreadable(Exception):
    """The pack is not one, or not whole."""


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 5.1)

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def _x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (not x and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(encoded):
    number = int.from_bytes(encoded, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def _add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = _point(BASE_Y.to_bytes(32, "little"))


def signed_by(public, signature, text):
    """True where the signature is the key's over the text."""
    if len(public) != HASH or len(signature) != 2 * HASH:
        return False
    key, commitment = _point(public), _point(signature[:HASH])
    scalar = int.from_bytes(signature[HASH:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:HASH] + public + text).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(commitment, _times(challenge, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---------------------------------------------------------------- signed notes


class Key:
    """A public key as people exchange it: `NAME+ID+KEY`."""

    def __init__(self, text):
        parts = text.strip().split("+", 2)
        try:
            material = base64.b64decode(parts[2], validate=True)
        except (IndexError, ValueError):
            raise Unreadable("`%s` is not a public key of the form NAME+ID+KEY" % text) from None
        self.name, self.kind, self.public = parts[0], material[:1], material[1:]
        self.id = sha256(self.name.encode() + b"\n" + material).digest()[:4]
        if self.id.hex() != parts[1] or len(self.public) != HASH or material[0] not in (ED25519, COSIGNATURE):
            raise Unreadable("the key `%s` was cut or changed, or is of a type that is not read here" % self.name)

    def vouches(self, note):
        """True where the note bears a good signature of this key; None where it bears none."""
        text, _, lines = note.rpartition("\n\n")
        text += "\n"
        for line in lines.splitlines():
            name, _, encoded = (
                line.removeprefix("\u2014 ").partition(" ") if line.startswith("\u2014 ") else ("", "", "")
            )
            try:
                content = base64.b64decode(encoded, validate=True)
            except ValueError:
                continue
            if name == self.name and content[:4] == self.id:
                return self._fits(content[4:], text)
        return None

    def _fits(self, signature, text):
        if self.kind == bytes([ED25519]):
            return signed_by(self.public, signature, text.encode())
        when = int.from_bytes(signature[:8], "big")
        said = "cosignature/v1\ntime %d\n%s" % (when, text)
        return signed_by(self.public, signature[8:], said.encode())


def checkpoint_of(note):
    """Origin, size and root of a checkpoint."""
    lines = note.split("\n\n")[0].split("\n")
    try:
        root = base64.b64decode(lines[2], validate=True)
        return lines[0], int(lines[1]), root
    except (IndexError, ValueError):
        raise Unreadable("the checkpoint is malformed") from None


# ---------------------------------------------------------------- the tree (RFC 6962, section 2.1)


class Tree:
    """Grows from left to right by leaves and by whole subtrees."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, node, level=0):
        """A leaf's hash, or that of a subtree of 2**level leaves."""
        rest = self.size >> level
        while rest & 1:
            node = sha256(b"\x01" + self.peaks.pop() + node).digest()
            rest >>= 1
        self.peaks.append(node)
        self.size += 1 << level

    def extend(self, leaves):
        """Many leaves; those that fill aligned runs of 256 are folded at once."""
        at = 0
        while at < len(leaves):
            if self.size % 256 or len(leaves) - at < 256:
                self.append(leaves[at])
                at += 1
                continue
            nodes = leaves[at : at + 256]
            while len(nodes) > 1:
                nodes = [sha256(b"\x01" + nodes[i] + nodes[i + 1]).digest() for i in range(0, len(nodes), 2)]
            self.append(nodes[0], 8)
            at += 256

    def root(self):
        """Root of the whole tree."""
        found = self.peaks[-1] if self.peaks else sha256(b"").digest()
        for peak in reversed(self.peaks[:-1]):
            found = sha256(b"\x01" + peak + found).digest()
        return found


def fill(tree, end, hashes):
    """Grow the tree up to `end` by hashes of the largest subtrees that fit."""
    while tree.size < end:
        level = (end - tree.size).bit_length() - 1
        if tree.size:
            level = min(level, (tree.size & -tree.size).bit_length() - 1)
        node = hashes.read(HASH)
        if len(node) != HASH:
            raise Unreadable("the hashes that stand for other entries are too few")
        tree.append(node, level)


# ---------------------------------------------------------------- the pack


class Pack:
    """A pack, opened; what is in it is not believed yet."""

    def __init__(self, path):
        try:
            self.file = zipfile.ZipFile(path)
            names = self.file.namelist()
            if len(names) != len(set(names)):
                raise Unreadable("a name stands twice in it")
            if self.file.getinfo("manifest.json").file_size > LARGEST_MANIFEST:
                raise Unreadable("its manifest is too large")
            self.manifest = json.loads(self.file.read("manifest.json"))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise Unreadable("it is not an evidence pack (%s)" % error) from None
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != FORMAT:
            raise Unreadable("its manifest does not name the format `%s`" % FORMAT)
        self.others = set(names) - {"manifest.json"}

    def get(self, name, kind):
        """A field of the manifest."""
        found = self.manifest.get(name)
        if not isinstance(found, kind):
            raise Unreadable("its manifest has no `%s` of the right type" % name)
        return found

    def read(self, name):
        """A whole file."""
        try:
            return self.file.read(name)
        except (KeyError, zipfile.BadZipFile, ValueError) as error:
            raise Unreadable("`%s` is missing or broken (%s)" % (name, error)) from None

    def open(self, name):
        """A file to read from."""
        try:
            return self.file.open(name)
        except (KeyError, zipfile.BadZipFile) as error:
            raise Unreadable("`%s` is missing or broken (%s)" % (name, error)) from None


class Report:
    """What was found."""

    def __init__(self):
        self.good, self.faults, self.notes = [], [], []

    def fault(self, code, message, entry=None):
        """Something that does not verify."""
        self.faults.append({"code": code, "message": message, "entry": entry})


def verify(path, keys, witnesses):
    """Verify a pack; returns the report."""
    pack, report = Pack(path), Report()
    note = pack.get("checkpoint", str)
    origin, size, root = checkpoint_of(note)
    _signatures(pack, report, note, origin, keys, witnesses)
    raws = _entries(pack, report, size, root)
    _payloads(pack, report, raws)
    _documents(pack, report, raws)
    return report


def _signatures(pack, report, note, origin, keys, witnesses):
    if origin != pack.get("origin", str):
        report.fault("checkpoint-foreign", "the checkpoint is of the ledger `%s`" % origin)
    for key in keys or [Key(pack.get("vkey", str))]:
        said = key.vouches(note)
        if said:
            report.good.append("signed by %s" % key.name)
        elif said is None:
            report.fault("checkpoint-not-signed", "`%s` did not sign the checkpoint" % key.name)
        else:
            report.fault("checkpoint-signature-wrong", "the signature of `%s` does not fit" % key.name)
    for key in witnesses:
        if key.vouches(note):
            report.good.append("seen by witness %s" % key.name)
        else:
            report.fault("witness-missing", "witness `%s` did not sign the checkpoint" % key.name)


def _entries(pack, report, size, root):
    """The entries by index, where the whole ledger's root follows from them."""
    ranges, tree = pack.get("ranges", list), Tree()
    kept, keep = {}, pack.manifest.get("cited") or []
    keep = set(keep)
    with pack.open("entries.jsonl") as entries, pack.open("cover.bin") as hashes, pack.open("leaves.bin") as stored:
        for start, end in ranges:
            if not tree.size <= start < end <= size:
                raise Unreadable("its ranges are not in order")
            fill(tree, start, hashes)
            while tree.size < end:
                first, want = tree.size, min(end - tree.size, 4096 - tree.size % 256)
                raws = [entries.readline() for _ in range(want)]
                leaves = [sha256(b"\x00" + raw[:-1]).digest() for raw in raws]
                _compare(report, first, leaves, stored.read(HASH * want))
                tree.extend(leaves)
                kept.update((first + i, raw[:-1]) for i, raw in enumerate(raws) if first + i in keep)
        fill(tree, size, hashes)
        if entries.read(1) or hashes.read(1) or stored.read(1):
            report.fault("pack-has-more", "there is more in it than its ranges say")
    if tree.root() == root:
        report.good.append("%d entries stand in the ledger of %d" % (sum(e - s for s, e in ranges), size))
    else:
        report.fault("ledger-root-differs", "the checkpoint's root does not follow from the entries")
    return kept


def _compare(report, first, leaves, stored):
    """Names the entries that differ; the root alone would only say that one does."""
    if b"".join(leaves) == stored:
        return
    for index, leaf in enumerate(leaves):
        if stored[index * HASH : index * HASH + HASH] != leaf:
            report.fault("entry-differs", "its bytes are not those that the pack was made of", first + index)
            return


def _payloads(pack, report, raws):
    disclosed = erased = 0
    known = {p["ref"]: p["commitment"] for raw in raws.values() for p in json.loads(raw).get("payloads", [])}
    for each in pack.get("payloads", list):
        ref = each.get("ref")
        if ref not in known:
            report.fault("payload-foreign", "no entry of the pack commits to payload `%s`" % ref)
        elif each.get("salt") is None:
            erased += 1
        else:
            pack.others.discard("payloads/%s" % ref)
            made = sha256(bytes.fromhex(each["salt"]) + pack.read("payloads/%s" % ref)).hexdigest()
            if known[ref].rpartition(":")[2] == made:
                disclosed += 1
            else:
                report.fault("payload-differs", "payload `%s` is not what was committed to" % ref)
    report.good.append("%d payloads are what was committed to" % disclosed)
    if erased:
        report.notes.append("%d payloads were erased or are held back; their commitments stand" % erased)


def _documents(pack, report, raws):
    """Certificates, evidence and the like: each is named by its digest in an entry of the pack."""
    every, named = b"\n".join(raws.values()), 0
    for each in pack.get("documents", list):
        pack.others.discard(each.get("file"))
        digest = sha256(pack.read(str(each.get("file")))).hexdigest()
        if digest.encode() in every:
            named += 1
        else:
            report.fault("document-foreign", "no entry of the pack names the content of `%s`" % each.get("file"))
    report.good.append("%d documents are those that entries name" % named)


def main(arguments=None):
    """Verify and say what was found."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack.")
    inside = not __file__.endswith(".py") or ".zip" in __file__
    parser.add_argument("pack", nargs="?" if inside else None, default=sys.argv[0])
    parser.add_argument("--key", action="append", default=[], help="public key of the ledger, got elsewhere")
    parser.add_argument(
        "--witness", action="append", default=[], help="public key of a witness that has to have signed"
    )
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    asked = parser.parse_args(arguments)
    try:
        report = verify(asked.pack, [Key(each) for each in asked.key], [Key(each) for each in asked.witness])
    except Unreadable as error:
        print("cannot be verified: %s" % error, file=sys.stderr)
        return UNREADABLE
    status = FAILED if report.faults else PASSED if asked.key else UNAUTHENTICATED
    word = {FAILED: "does not verify", PASSED: "verifies", UNAUTHENTICATED: "unauthenticated"}[status]
    if asked.json:
        print(json.dumps({"result": word, "good": report.good, "faults": report.faults, "notes": report.notes}))
        return status
    for line in report.good:
        print("  ok     %s" % line)
    for line in report.notes:
        print("  note   %s" % line)
    for each in report.faults:
        where = "" if each["entry"] is None else "entry %d: " % each["entry"]
        print("  FAULT  %s%s (%s)" % (where, each["message"], each["code"]))
    print(word if status != UNAUTHENTICATED else "unauthenticated: only the pack's own key was used; give --key")
    return status


if __name__ == "__main__":
    sys.exit(main())
