"""Change over time: from one version of a schema to the next with the least work.

It deliberately knows no file system, no protocol and no clock.
"""
