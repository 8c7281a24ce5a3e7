"""Which rules made a result, and in which layout it was measured; what counts as the same.

A result stands as long as both do. The rules are known by the meaning of their code
(`redline.support.identity`), the measures by a number.
"""

import hashlib
import secrets
from functools import cache

from redline.case import GIVEN, RESOLVING
from redline.engine.batch import encode
from redline.engine.native.compiled import cache_folder
from redline.engine.native.fingerprint import as_on_disk, fingerprint
from redline.engine.points import encode_points
from redline.support import kept_identity_of
from redline.theory import RESTRICTED, WEEKS_AND_MEASURES

FIRST_RULES = "43a4ccad86c3ae41f23b20dc69cd1cf14bd82a07b3837988cd96279c7b4da773"
SAME_RULES = {
    "882b3f7441d5f5b58c16b7c92b581cc8a628cbb74e8a41f73657898ad32cedca": FIRST_RULES,
}
"""Older identities of rules that give the same results.

The first is the hash of files by which 0.1.0 knew its rules. It took the exponential of the C
library, which differs from ours in the last bit: less than one choice in 10**14 can tell, and
none of 240,000 replicates of the built-in scenarios does.
"""
SAME_MEASURES = {"970c94caa98330e40b8998ebc146d564e1782a58f070a046f1cc01e891624ca5": 1}
"""The hashes of files by which 0.1.0 knew what is measured, and their number."""


@cache
def rules_hash() -> str:
    """Return the identity of all that decides what happens in a replicate.

    It is taken of files. Where functions of the rules are not those of their files, which were
    edited since, or which a program has changed in memory, it is none that files have.
    """
    of_files = kept_identity_of(
        (*RESOLVING, encode, encode_points, *WEEKS_AND_MEASURES), GIVEN, cache_folder()
    )
    if as_on_disk(RESTRICTED):
        return of_files
    in_memory = fingerprint(RESTRICTED) or secrets.token_hex()
    return hashlib.sha256(f"{of_files} {in_memory}".encode()).hexdigest()
