"""Trust: which release of a course is current, signed so that carriers need no trust.

The Update Framework's metadata (content/SPEC.md §8): ``keys`` are files, ``repository`` signs what
is done daily, ``ceremony`` what is done with keys that are kept elsewhere.
"""
