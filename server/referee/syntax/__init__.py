"""From text to blocks and members; the only layer that imports lark.

It deliberately does not know what a name, an attribute or a type means.
"""
