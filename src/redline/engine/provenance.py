"""Which rules made a result, and in which layout it was measured; what counts as the same.

A result stands as long as both do. The rules are known by the meaning of their code
(`redline.support.identity`), the measures by a number.
"""

import hashlib
import secrets
from functools import cache

from redline.case import GIVEN, RESOLVING
from redline.engine.batch import encode
from redline.engine.compiled import cache_folder
from redline.engine.native.fingerprint import as_on_disk, fingerprint
from redline.support import kept_identity_of
from redline.theory import RESTRICTED, WEEKS_AND_MEASURES

SAME_RULES: dict[str, str] = {}
"""The identity of now of older rules that give the same results, to the last bit.

Those of 0.1.0 are others: they took the exponential of the C library.
"""
SAME_MEASURES = {"970c94caa98330e40b8998ebc146d564e1782a58f070a046f1cc01e891624ca5": 1}
"""The hashes of files by which 0.1.0 knew what is measured, and their number."""


@cache
def rules_hash() -> str:
    """Return the identity of all that decides what happens in a replicate.

    It is taken of files. Where functions of the rules are not those of their files, which were
    edited since, or which a program has changed in memory, it is none that files have.
    """
    of_files = kept_identity_of((*RESOLVING, encode, *WEEKS_AND_MEASURES), GIVEN, cache_folder())
    if as_on_disk(RESTRICTED):
        return of_files
    in_memory = fingerprint(RESTRICTED) or secrets.token_hex()
    return hashlib.sha256(f"{of_files} {in_memory}".encode()).hexdigest()
