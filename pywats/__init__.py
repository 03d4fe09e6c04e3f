"""A client and a concurrent worker runtime for WATS, the manufacturing test data platform.

``pyWATS`` blocks, ``AsyncPyWATS`` is awaited; both have the same methods.
"""
