"""The rules, one file each: pure functions over the schema layer.

They deliberately know no text, no offset and no editor.
"""
